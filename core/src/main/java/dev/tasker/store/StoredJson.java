package dev.tasker.store;

import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/// Typed access to JSON that Tasker's own routines produced.
final class StoredJson {
    private StoredJson() {}

    static @Nullable Object value(@Nullable JSONB json) {
        return json == null ? null : JsonShape.immutableCopy(Json.read(json.data()));
    }

    static Map<String, @Nullable Object> object(@Nullable JSONB json) {
        return json == null ? Map.of() : object(value(json));
    }

    @SuppressWarnings("unchecked") // our routines built it as an object
    static Map<String, @Nullable Object> object(@Nullable Object value) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(value);
    }

    static Map<String, @Nullable Object> object(Map<String, @Nullable Object> json, String key) {
        return object(json.get(key));
    }

    static String text(Map<String, @Nullable Object> json, String key) {
        return String.valueOf(json.get(key));
    }

    static Optional<String> optionalText(Map<String, @Nullable Object> json, String key) {
        return Optional.ofNullable(json.get(key)).map(Object::toString);
    }

    static long number(Map<String, @Nullable Object> json, String key) {
        return ((Number) Objects.requireNonNull(json.get(key))).longValue();
    }

    static Optional<Instant> time(Map<String, @Nullable Object> json, String key) {
        return optionalText(json, key).map(text -> OffsetDateTime.parse(text).toInstant());
    }

    static List<String> texts(@Nullable Object value) {
        return value == null
                ? List.of()
                : ((List<?>) value).stream().map(String::valueOf).toList();
    }

    static JSONB jsonb(@Nullable Object value) {
        return JSONB.valueOf(Json.write(value));
    }
}
