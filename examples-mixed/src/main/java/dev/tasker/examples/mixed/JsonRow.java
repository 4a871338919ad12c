package dev.tasker.examples.mixed;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A JSON object that an earlier step has stored, read field by field.
///
/// A field that is absent or of another type is a mistake in that step, and fails this one.
record JsonRow(Map<?, ?> fields) {
    static JsonRow of(@Nullable Object value) {
        if (value instanceof Map<?, ?> fields) {
            return new JsonRow(fields);
        }
        throw new IllegalArgumentException("expected a JSON object, not " + value);
    }

    JsonRow row(String name) {
        return of(field(name));
    }

    List<JsonRow> rows(String name) {
        return ((List<?>) field(name)).stream().map(JsonRow::of).toList();
    }

    String text(String name) {
        return (String) field(name);
    }

    /// Whole numbers arrive as Integer, Long or BigInteger; what fits no long is an error, never cut off.
    long whole(String name) {
        Object value = field(name);
        return value instanceof BigInteger large ? large.longValueExact() : asLong(name, value);
    }

    private static long asLong(String name, Object value) {
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw new IllegalArgumentException(name + " must be a whole number, not " + value);
    }

    private Object field(String name) {
        return Objects.requireNonNull(fields.get(name), () -> "field " + name + " is missing");
    }
}
