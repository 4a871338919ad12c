package dev.tasker.event;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import dev.tasker.event.YamlFolder.Document;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TemplateReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Subscribers that are declared in YAML files:
/// `name: {class, runtime, handler_file, enabled, events, template, durable, config}`.
public final class SubscriptionFiles {
    private static final Set<String> KEYS =
            Set.of("class", "runtime", "handler_file", "enabled", "events", "template", "durable", "config");

    private SubscriptionFiles() {}

    /// Reads all files of a folder; nothing where there is no such folder.
    ///
    /// @throws dev.tasker.error.InvalidRequestException SUBSCRIPTION_INVALID, with file and line
    public static List<SubscriptionDeclaration> read(Path folder) {
        List<SubscriptionDeclaration> declarations = new ArrayList<>();
        Map<String, String> places = new HashMap<>();
        for (Document document : new YamlFolder(ErrorCode.SUBSCRIPTION_INVALID).read(folder)) {
            document.root().forEach((name, entry) -> {
                SubscriptionDeclaration declaration = declaration(document, name, entry);
                String first = places.putIfAbsent(name, declaration.place());
                if (first != null) {
                    throw document.problem("/" + name, "is declared in " + first + " already");
                }
                declarations.add(declaration);
            });
        }
        return declarations;
    }

    private static SubscriptionDeclaration declaration(Document document, String name, @Nullable Object value) {
        String pointer = "/" + name;
        Map<String, @Nullable Object> entry = document.object(value, pointer);
        entry.keySet().stream().filter(key -> !KEYS.contains(key)).forEach(key -> {
            throw document.problem(pointer + "/" + key, "is no key of a subscription");
        });
        HandlerRuntime runtime = runtime(document, entry, pointer);
        List<String> events = events(document, entry, pointer);
        if (runtime != HandlerRuntime.JAVA && events.isEmpty()) {
            throw document.problem(pointer, "needs `events`: only a Java class says itself which it wants");
        }
        return new SubscriptionDeclaration(
                name,
                document.text(entry, "class", pointer),
                runtime,
                handlerFile(document, entry, pointer, runtime),
                flag(document, entry, pointer + "/enabled", true),
                events,
                template(document, entry, pointer),
                flag(document, entry, pointer + "/durable", false),
                entry.get("config") == null ? Map.of() : document.object(entry.get("config"), pointer + "/config"),
                document.file() + ":" + document.yaml().lineOf(pointer));
    }

    private static HandlerRuntime runtime(Document document, Map<String, @Nullable Object> entry, String pointer) {
        if (entry.get("runtime") == null) {
            return HandlerRuntime.JAVA;
        }
        Optional<HandlerRuntime> runtime = HandlerRuntime.named(document.text(entry, "runtime", pointer));
        if (runtime.isEmpty()) {
            String known = Arrays.stream(HandlerRuntime.values())
                    .map(HandlerRuntime::key)
                    .collect(Collectors.joining(", "));
            throw document.problem(pointer + "/runtime", "must be one of " + known);
        }
        return runtime.get();
    }

    private static Optional<Path> handlerFile(
            Document document, Map<String, @Nullable Object> entry, String pointer, HandlerRuntime runtime) {
        if (runtime != HandlerRuntime.JAVA) {
            return Optional.of(document.beside(document.text(entry, "handler_file", pointer)));
        }
        if (entry.get("handler_file") != null) {
            throw document.problem(pointer + "/handler_file", "is for ruby, python and javascript: name the `runtime`");
        }
        return Optional.empty();
    }

    private static boolean flag(
            Document document, Map<String, @Nullable Object> entry, String pointer, boolean absent) {
        Object value = entry.getOrDefault(pointer.substring(pointer.lastIndexOf('/') + 1), absent);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw document.problem(pointer, "must be true or false");
    }

    private static List<String> events(Document document, Map<String, @Nullable Object> entry, String pointer) {
        Object value = entry.getOrDefault("events", List.of());
        if (!(value instanceof List<?> list)) {
            throw document.problem(pointer + "/events", "must be a list");
        }
        List<String> events = list.stream().map(String::valueOf).toList();
        if (!events.isEmpty()) {
            try {
                EventFilter.of(events);
            } catch (TaskerException problem) {
                throw document.problem(pointer + "/events", "cannot be used: " + problem.getMessage());
            }
        }
        return events;
    }

    private static Optional<TemplateReference> template(
            Document document, Map<String, @Nullable Object> entry, String pointer) {
        if (entry.get("template") == null) {
            return Optional.empty();
        }
        Optional<TemplateReference> reference = TemplateReference.parse(document.text(entry, "template", pointer));
        if (reference.isEmpty()) {
            throw document.problem(pointer + "/template", "must have the form [namespace.]name[@version]");
        }
        return reference;
    }
}
