package dev.tasker.execution;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.json.JsonShape;
import dev.tasker.result.Backoff;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a handler's class says of itself. Immutable.
///
/// The keys are those of the canonical map that every language gives: `description`, `retryable`, `retry_limit`,
/// `backoff`, `timeout_seconds`, `concurrency`, `custom_events` hold where a template says nothing else;
/// `inputs_schema` and `result_schema` (JSON Schema) are checked around each attempt. All are optional.
public final class HandlerDeclaration {
    /// Of a class that declares nothing.
    public static final HandlerDeclaration NONE = new HandlerDeclaration(Map.of());

    private static final int SECONDS_MAX = 86_400 * 365;
    private static final Set<String> BACKOFF_KEYS =
            Set.of("strategy", "base_seconds", "multiplier", "cap_seconds", "jitter");

    private final Map<String, Object> values;

    private HandlerDeclaration(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /// Checks what a class declares.
    ///
    /// @param declared the canonical map; null values count as absent, and `name` is the key's own matter
    /// @throws HandlerLoadException HANDLER_DECLARATION_INVALID, with the key and the reason
    public static HandlerDeclaration of(HandlerKey handler, Map<String, ? extends @Nullable Object> declared) {
        Map<String, Object> values = new LinkedHashMap<>();
        declared.forEach((key, value) -> {
            if (value != null && !key.equals("name")) {
                values.put(key, new Check(handler, key).checked(value));
            }
        });
        return values.isEmpty() ? NONE : new HandlerDeclaration(values);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    public Optional<String> description() {
        return Optional.ofNullable(values.get("description")).map(Object::toString);
    }

    /// JSON Schema of the step's inputs.
    public Optional<Map<String, @Nullable Object>> inputsSchema() {
        return schema("inputs_schema");
    }

    /// JSON Schema of what is stored.
    public Optional<Map<String, @Nullable Object>> resultSchema() {
        return schema("result_schema");
    }

    /// All that is declared, as JSON-like values.
    public Map<String, Object> toJson() {
        return values;
    }

    @SuppressWarnings("unchecked") // Check has seen that its keys are text
    private Optional<Map<String, @Nullable Object>> schema(String key) {
        return Optional.ofNullable((Map<String, @Nullable Object>) values.get(key));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HandlerDeclaration declaration && declaration.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }

    /// The rules of one key.
    private record Check(HandlerKey handler, String key) {
        Object checked(Object value) {
            return switch (key) {
                case "description" -> text(value);
                case "retryable" -> value instanceof Boolean ? value : refuse(value, "must be true or false");
                case "retry_limit" -> whole(value, 0, Integer.MAX_VALUE);
                case "timeout_seconds" -> whole(value, 1, SECONDS_MAX);
                case "concurrency" -> whole(value, 1, Integer.MAX_VALUE);
                case "backoff" -> backoff(value);
                case "inputs_schema", "result_schema" -> map(value);
                case "custom_events" -> texts(value);
                default -> refuse(value, "is not known");
            };
        }

        private Object text(Object value) {
            return value instanceof String text ? text : refuse(value, "must be text");
        }

        private Object whole(Object value, int min, int max) {
            return value instanceof Number number
                            && number.doubleValue() == Math.rint(number.doubleValue())
                            && number.doubleValue() >= min
                            && number.doubleValue() <= max
                    ? number.intValue()
                    : refuse(
                            value,
                            "must be a whole number from " + min + (max == Integer.MAX_VALUE ? "" : " to " + max));
        }

        private Map<?, ?> map(Object value) {
            Object copy = value instanceof Map<?, ?> ? JsonShape.immutableCopy(value) : null;
            return copy instanceof Map<?, ?> map ? map : (Map<?, ?>) refuse(value, "must be a map");
        }

        private Object texts(Object value) {
            return value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)
                    ? List.copyOf(list)
                    : refuse(value, "must be a list of texts");
        }

        private Object backoff(Object value) {
            Map<String, Object> given = new LinkedHashMap<>();
            Map<?, ?> map = map(value);
            Set<String> unknown = new TreeSet<>();
            map.keySet().forEach(name -> unknown.add(name.toString()));
            unknown.removeAll(BACKOFF_KEYS);
            if (!unknown.isEmpty()) {
                return refuse(value, "has the unknown key " + unknown.iterator().next());
            }
            try {
                map.forEach((name, entry) -> given.put(name.toString(), entry));
                Map<String, Object> complete = Backoff.fromJson(given).toJson();
                given.keySet().retainAll(complete.keySet());
                given.replaceAll((name, _) -> complete.get(name));
                return Map.copyOf(given);
            } catch (IllegalArgumentException problem) {
                return refuse(value, "is no backoff: " + problem.getMessage());
            }
        }

        private Object refuse(Object value, String reason) {
            String text = String.valueOf(value);
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DECLARATION_INVALID,
                    "handler " + handler + " declares " + key + " = "
                            + (text.length() > 100 ? text.substring(0, 100) + "…" : text) + ": it " + reason,
                    Map.of("handler", handler.toString(), "key", key));
        }
    }
}
