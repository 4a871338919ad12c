package dev.tasker.event;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.TaskerException;
import dev.tasker.event.EventDefinition.Category;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All events by name: Tasker's own, and the custom events of this process. Safe from any thread.
public final class EventCatalog {
    /// Custom events have other first parts than these.
    public static final Set<String> RESERVED_NAMESPACES = Set.of("task", "step", "workflow", "observability", "test");

    /// Longer names are refused.
    public static final int NAME_CHARS_MAX = 128;

    private static final Logger log = LoggerFactory.getLogger(EventCatalog.class);
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+");

    private static final class SystemEvents {
        // Read on first use only: publishing does not need it.
        static final Map<String, EventDefinition> BY_NAME = CatalogReader.read();
    }

    private final Map<String, EventDefinition> custom = new LinkedHashMap<>();

    public List<EventDefinition> taskEvents() {
        return of(Category.TASK);
    }

    public List<EventDefinition> stepEvents() {
        return of(Category.STEP);
    }

    public List<EventDefinition> workflowEvents() {
        return of(Category.WORKFLOW);
    }

    public List<EventDefinition> observabilityEvents() {
        return of(Category.OBSERVABILITY);
    }

    public List<EventDefinition> registryEvents() {
        return of(Category.REGISTRY);
    }

    public List<EventDefinition> telemetryEvents() {
        return of(Category.TELEMETRY);
    }

    public synchronized List<EventDefinition> customEvents() {
        return List.copyOf(custom.values());
    }

    /// Tasker's own events, then the custom ones.
    public List<EventDefinition> completeCatalog() {
        return Stream.concat(SystemEvents.BY_NAME.values().stream(), customEvents().stream())
                .toList();
    }

    public synchronized Optional<EventDefinition> info(String name) {
        return Optional.ofNullable(SystemEvents.BY_NAME.get(name)).or(() -> Optional.ofNullable(custom.get(name)));
    }

    /// Events whose name or description has this text in it, whatever the case.
    public List<EventDefinition> search(String query) {
        String wanted = query.toLowerCase(Locale.ROOT);
        return completeCatalog().stream()
                .filter(event -> event.name().toLowerCase(Locale.ROOT).contains(wanted)
                        || event.description().toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
    }

    /// Events whose name begins with this namespace, for example `observability.step`.
    public List<EventDefinition> byNamespace(String namespace) {
        return completeCatalog().stream()
                .filter(event -> event.name().startsWith(namespace + "."))
                .toList();
    }

    /// Adds a custom event. One that is known already is left as it is, with a warning where it differs.
    ///
    /// @return whether it was added
    /// @throws InvalidRequestException EVENT_INVALID: the name has no dot, another form, or a reserved namespace
    /// @throws ConflictException EVENT_RESERVED: Tasker has an event of that name
    public boolean registerCustomEvent(EventDefinition event) {
        return registerAll(List.of(event)) == 1;
    }

    /// Adds custom events, all or none.
    ///
    /// @return how many were added
    public synchronized int registerAll(Collection<EventDefinition> events) {
        events.forEach(event -> {
            problemOf(event.name()).ifPresent(problem -> {
                throw problem;
            });
        });
        int added = 0;
        for (EventDefinition event : events) {
            EventDefinition known = custom.putIfAbsent(event.name(), event);
            if (known == null) {
                added++;
            } else if (!known.equals(event)) {
                log.atWarn()
                        .addKeyValue("event", event.name())
                        .log("a custom event is defined already; the later definition is skipped");
            }
        }
        return added;
    }

    /// Why a custom event cannot have this name; empty where it can.
    public static Optional<TaskerException> problemOf(String name) {
        Map<String, String> details = Map.of("event", name);
        if (name.length() > NAME_CHARS_MAX || !FORM.matcher(name).matches()) {
            return Optional.of(new InvalidRequestException(
                    ErrorCode.EVENT_INVALID,
                    "`" + name + "` is no name of a custom event: give it a namespace and a dot, for example"
                            + " `order.shipped` (letters, digits, `_` and `-`, at most " + NAME_CHARS_MAX
                            + " characters)",
                    details));
        }
        String namespace = name.substring(0, name.indexOf('.'));
        if (RESERVED_NAMESPACES.contains(namespace)) {
            return Optional.of(new InvalidRequestException(
                    ErrorCode.EVENT_INVALID,
                    "custom event `" + name + "` has the namespace `" + namespace
                            + "`, which is Tasker's own; choose another one",
                    details));
        }
        return SystemEvents.BY_NAME.containsKey(name)
                ? Optional.of(new ConflictException(
                        ErrorCode.EVENT_RESERVED,
                        "`" + name + "` is an event of Tasker's own; give the custom event another name",
                        details))
                : Optional.empty();
    }

    /// A custom event of which only this much is known.
    public static EventDefinition custom(String name, String description, String firedBy) {
        return new EventDefinition(name, Category.CUSTOM, description, List.of(), firedBy, true);
    }

    private List<EventDefinition> of(Category category) {
        return SystemEvents.BY_NAME.values().stream()
                .filter(event -> event.category() == category)
                .toList();
    }
}
