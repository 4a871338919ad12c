package dev.tasker.event;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One entry of the catalogue.
///
/// @param firedBy     who publishes it, in words
/// @param isPublished false: the name is reserved, and this release publishes no such event
public record EventDefinition(
        String name,
        Category category,
        String description,
        List<PayloadField> payload,
        String firedBy,
        boolean isPublished) {
    /// The group that an event belongs to.
    public enum Category {
        TASK,
        STEP,
        WORKFLOW,
        OBSERVABILITY,
        REGISTRY,
        TELEMETRY,
        CUSTOM;

        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public EventDefinition {
        payload = List.copyOf(payload);
    }

    /// The part of the name before its last dot.
    public String namespace() {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    /// A payload with all fields.
    public Map<String, @Nullable Object> examplePayload() {
        Map<String, @Nullable Object> example = new LinkedHashMap<>();
        payload.stream()
                .filter(field -> field.example() != null)
                .forEach(field -> example.put(field.name(), field.example()));
        example.put("event_type", name);
        return example;
    }

    /// The payload in the manner of JSON Schema.
    public Map<String, Object> payloadSchema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        payload.forEach(field ->
                properties.put(field.name(), Map.of("type", field.type().key(), "description", field.meaning())));
        List<String> required = payload.stream()
                .filter(PayloadField::always)
                .map(PayloadField::name)
                .toList();
        return Map.of("type", "object", "properties", properties, "required", required);
    }

    /// The entry as JSON-like values.
    public Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("category", category.key());
        json.put("description", description);
        json.put("payload_schema", payloadSchema());
        json.put("example_payload", examplePayload());
        json.put("fired_by", firedBy);
        json.put("published", isPublished);
        return json;
    }

    /// Where a payload differs from the schema; a custom event may carry more fields than it declares.
    public List<String> defectsOf(Map<String, ? extends @Nullable Object> actual) {
        List<String> defects = new ArrayList<>();
        for (PayloadField field : payload) {
            Object value = actual.get(field.name());
            if (value == null && field.always()) {
                defects.add(name + " lacks " + field.name());
            } else if (value != null && !field.type().accepts(value)) {
                defects.add(
                        name + ": " + field.name() + " is no " + field.type().key() + ": " + value);
            }
        }
        if (category != Category.CUSTOM) {
            actual.keySet().stream()
                    .filter(key -> field(key).isEmpty())
                    .forEach(key -> defects.add(name + " does not declare " + key));
        }
        return defects;
    }

    private Optional<PayloadField> field(String key) {
        return payload.stream().filter(field -> field.name().equals(key)).findFirst();
    }
}
