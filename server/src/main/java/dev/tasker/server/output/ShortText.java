package dev.tasker.server.output;

import dev.tasker.json.Json;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Values cut and written so that they fit into one line.
public final class ShortText {
    private ShortText() {}

    /// One line of at most `charactersMax` characters.
    public static String cut(String text, int charactersMax) {
        String line = text.replaceAll("\\s+", " ").strip();
        if (line.codePointCount(0, line.length()) <= charactersMax) {
            return line;
        }
        return line.substring(0, line.offsetByCodePoints(0, charactersMax - 1)) + "…";
    }

    /// The start of a value's JSON; nothing for null.
    public static String json(@Nullable Object value, int charactersMax) {
        return value == null ? "" : cut(Json.write(value), charactersMax);
    }

    /// A stored step error as `Class: message`; nothing for null.
    public static String error(@Nullable Object error, int charactersMax) {
        if (!(error instanceof Map<?, ?> fields)) {
            return json(error, charactersMax);
        }
        String code = fields.get("error_code") == null ? "" : " [" + fields.get("error_code") + "]";
        return cut(
                Objects.toString(fields.get("class"), "error") + code + ": "
                        + Objects.toString(fields.get("message"), ""),
                charactersMax);
    }

    /// `0.42 s`, `12.3 s`, `3 min 07 s`, `2 h 05 min`.
    public static String duration(Duration duration) {
        double seconds = Math.max(0, duration.toMillis()) / 1000.0;
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        return seconds < 3_600
                ? String.format(Locale.ROOT, "%d min %02d s", duration.toMinutes(), duration.toSecondsPart())
                : String.format(Locale.ROOT, "%d h %02d min", duration.toHours(), duration.toMinutesPart());
    }
}
