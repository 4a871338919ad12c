package dev.tasker.json;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads and writes JSON text. Safe from any thread.
///
/// Whole numbers become Integer, Long or BigInteger, others Double; objects keep the order of their keys; a
/// repeated key is an error.
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /// PostgreSQL keeps each key once.
    private static final JsonMapper STORED = MAPPER.rebuild()
            .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonMapper CANONICAL = MAPPER.rebuild()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();
    private static final JsonMapper PRETTY =
            MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /// Reads JSON text that came from outside.
    ///
    /// @param source what the text is called in the error, for example a file name
    /// @throws InvalidRequestException INPUT_NOT_JSON, with line and column
    public static @Nullable Object parse(String text, String source) {
        try {
            return MAPPER.readValue(text, Object.class);
        } catch (JacksonException problem) {
            long line =
                    problem.getLocation() == null ? 1 : problem.getLocation().getLineNr();
            long column =
                    problem.getLocation() == null ? 1 : problem.getLocation().getColumnNr();
            throw new InvalidRequestException(
                    ErrorCode.INPUT_NOT_JSON,
                    source + ":" + line + ":" + column + ": not JSON: " + withoutMarker(problem.getOriginalMessage()),
                    Map.of("source", source, "line", line, "column", column),
                    problem);
        }
    }

    /// The parser adds where a bracket was opened, in its own terms: `(start marker at [Source: REDACTED …])`.
    private static String withoutMarker(String message) {
        return message.replaceAll(" \\([^()]*\\[[^\\]]*\\]\\)", "");
    }

    /// Reads JSON text that Tasker itself stored.
    public static @Nullable Object read(String text) {
        return STORED.readValue(text, Object.class);
    }

    /// Writes a JSON-like value; [JsonShape] says what that is.
    public static String write(@Nullable Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /// Writes with sorted keys, so that equal values give equal text.
    public static String writeCanonical(@Nullable Object value) {
        return CANONICAL.writeValueAsString(value);
    }

    /// Writes over several lines, for people.
    public static String writePretty(@Nullable Object value) {
        return PRETTY.writeValueAsString(value);
    }
}
