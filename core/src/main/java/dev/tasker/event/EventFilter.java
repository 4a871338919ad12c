package dev.tasker.event;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TemplateKey;
import dev.tasker.identity.TemplateReference;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which events a subscriber gets. Immutable.
///
/// Patterns are exact names (`task.completed`), everything below a namespace (`step.*`), or `*`.
public final class EventFilter {
    private static final Pattern FORM = Pattern.compile("\\*|[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*(\\.\\*)?");
    private static final EventFilter ALL = of(List.of("*"));

    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> prefixes = new LinkedHashSet<>();
    private final List<String> patterns;
    private final Optional<TemplateReference> template;
    private final Predicate<LifecycleEvent> condition;

    private EventFilter(
            List<String> patterns, Optional<TemplateReference> template, Predicate<LifecycleEvent> condition) {
        this.patterns = patterns;
        this.template = template;
        this.condition = condition;
        for (String pattern : patterns) {
            if (pattern.endsWith("*")) {
                prefixes.add(pattern.substring(0, pattern.length() - 1));
            } else {
                names.add(pattern);
            }
        }
    }

    /// Every event.
    public static EventFilter all() {
        return ALL;
    }

    public static EventFilter of(String... patterns) {
        return of(List.of(patterns));
    }

    /// Events that match any of these patterns.
    ///
    /// @throws InvalidRequestException SUBSCRIPTION_INVALID: no pattern at all, or one of another form
    public static EventFilter of(Collection<String> patterns) {
        if (patterns.isEmpty()) {
            throw invalid("no event is named; use names like `task.completed`, `step.*` or `*`", "");
        }
        for (String pattern : patterns) {
            if (!FORM.matcher(pattern).matches()) {
                throw invalid(
                        "`" + pattern + "` names no events; use a name like `task.completed`, `step.*` or `*`",
                        pattern);
            }
        }
        return new EventFilter(List.copyOf(new LinkedHashSet<>(patterns)), Optional.empty(), _ -> true);
    }

    /// Only events about tasks of this template; without a version, of all versions.
    public EventFilter ofTemplate(TemplateReference reference) {
        return new EventFilter(patterns, Optional.of(reference), condition);
    }

    /// Only events that hold this too. It runs on the thread of the subscriber.
    public EventFilter where(Predicate<LifecycleEvent> also) {
        return new EventFilter(patterns, template, condition.and(also));
    }

    public List<String> patterns() {
        return patterns;
    }

    /// Whether an event of this name can match at all.
    public boolean mayMatch(String name) {
        return names.contains(name) || prefixes.stream().anyMatch(name::startsWith);
    }

    public boolean matches(LifecycleEvent event) {
        return mayMatch(event.name())
                && template.map(reference -> isOf(event.template(), reference)).orElse(true)
                && condition.test(event);
    }

    private static boolean isOf(@Nullable TemplateKey key, TemplateReference reference) {
        return key != null
                && key.namespace().equals(reference.namespace())
                && key.name().equals(reference.name())
                && reference.version().map(key.version()::equals).orElse(true);
    }

    private static InvalidRequestException invalid(String message, String pattern) {
        return new InvalidRequestException(ErrorCode.SUBSCRIPTION_INVALID, message, Map.of("pattern", pattern));
    }
}
