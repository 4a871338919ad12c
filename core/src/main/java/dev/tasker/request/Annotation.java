package dev.tasker.request;

import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A note on a task: JSON of a named type.
///
/// @param type  1 to [#TYPE_CHARS_MAX] characters
/// @param value JSON-like
public record Annotation(String type, @Nullable Object value) {
    public static final int TYPE_CHARS_MAX = 64;
    /// What the value may have as JSON in UTF-8.
    public static final int VALUE_BYTES_MAX = 64 * 1024;

    /// @throws dev.tasker.error.InvalidRequestException REQUEST_INVALID, with the field
    public Annotation {
        RequestText.check(type, "annotations.type", TYPE_CHARS_MAX);
        JsonShape.defectIn(value, "annotations." + type).ifPresent(defect -> {
            throw RequestText.invalid("the annotation cannot be stored: " + defect, "annotations");
        });
        value = JsonShape.immutableCopy(value);
        int bytes = Json.write(value).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > VALUE_BYTES_MAX) {
            throw RequestText.invalid(
                    "the annotation `" + type + "` has " + bytes + " bytes as JSON, more than " + VALUE_BYTES_MAX,
                    "annotations");
        }
    }
}
