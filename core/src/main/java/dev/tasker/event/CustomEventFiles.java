package dev.tasker.event;

import dev.tasker.error.ErrorCode;
import dev.tasker.event.EventDefinition.Category;
import dev.tasker.event.YamlFolder.Document;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Custom events that are declared in YAML files:
/// `event_metadata: {category: {event: {description, payload_schema, fired_by}}}`.
///
/// The event's name is `category.event`, or `event` where that has a dot itself.
public final class CustomEventFiles {
    private CustomEventFiles() {}

    /// Reads all files of a folder; nothing where there is no such folder.
    ///
    /// @throws dev.tasker.error.InvalidRequestException EVENT_INVALID, with file and line
    public static List<EventDefinition> read(Path folder) {
        List<EventDefinition> events = new ArrayList<>();
        for (Document document : new YamlFolder(ErrorCode.EVENT_INVALID).read(folder)) {
            Map<String, @Nullable Object> root = document.root();
            root.keySet().stream().filter(key -> !key.equals("event_metadata")).forEach(key -> {
                throw document.problem("/" + key, "is no key of a file of events; use `event_metadata`");
            });
            document.object(root.get("event_metadata"), "/event_metadata").forEach((category, entries) -> {
                String pointer = "/event_metadata/" + category;
                document.object(entries, pointer)
                        .forEach((event, entry) ->
                                events.add(definition(document, pointer + "/" + event, category, event, entry)));
            });
        }
        return events;
    }

    private static EventDefinition definition(
            Document document, String pointer, String category, String event, @Nullable Object value) {
        String name = event.contains(".") ? event : category + "." + event;
        EventCatalog.problemOf(name).ifPresent(problem -> {
            throw document.problem(pointer, "cannot be declared: " + problem.getMessage());
        });
        Map<String, @Nullable Object> entry = document.object(value, pointer);
        List<PayloadField> fields = new ArrayList<>();
        if (entry.get("payload_schema") != null) {
            document.object(entry.get("payload_schema"), pointer + "/payload_schema")
                    .forEach((field, type) -> fields.add(field(field, type)));
        }
        return new EventDefinition(
                name,
                Category.CUSTOM,
                Objects.toString(entry.get("description"), ""),
                fields,
                Objects.toString(entry.get("fired_by"), ""),
                true);
    }

    /// A field is declared by its type alone, or by `{type, description}`.
    private static PayloadField field(String name, @Nullable Object declared) {
        String type = declared instanceof Map<?, ?> map ? String.valueOf(map.get("type")) : String.valueOf(declared);
        String meaning = declared instanceof Map<?, ?> map ? Objects.toString(map.get("description"), "") : "";
        return new PayloadField(name, FieldType.named(type).orElse(FieldType.ANY), false, meaning, null);
    }
}
