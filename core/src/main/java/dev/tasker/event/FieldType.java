package dev.tasker.event;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a value of a payload may be.
public enum FieldType {
    TEXT,
    INTEGER,
    NUMBER,
    BOOLEAN,
    /// A text in ISO form, in UTC.
    TIME,
    LIST,
    OBJECT,
    ANY;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<FieldType> named(String key) {
        return List.of(values()).stream().filter(type -> type.key().equals(key)).findFirst();
    }

    boolean accepts(@Nullable Object value) {
        return switch (this) {
            case TEXT -> value instanceof String;
            case INTEGER -> value instanceof Integer || value instanceof Long;
            case NUMBER -> value instanceof Number;
            case BOOLEAN -> value instanceof Boolean;
            case TIME -> value instanceof String text && isTime(text);
            case LIST -> value instanceof List<?>;
            case OBJECT -> value instanceof Map<?, ?>;
            case ANY -> true;
        };
    }

    private static boolean isTime(String text) {
        try {
            return Instant.parse(text).isAfter(Instant.MIN);
        } catch (DateTimeException _) {
            return false;
        }
    }
}
