package dev.tasker.server.run;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The JSON object that a task works on, from a file or from standard input.
public final class InputFile {
    /// Larger inputs are refused: a context belongs into every row read of its task.
    public static final int BYTES_MAX = 64 * 1024 * 1024;

    private static final String STANDARD_INPUT = "-";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private InputFile() {}

    /// Reads the input.
    ///
    /// @param name a path, or `-` for standard input
    /// @throws InvalidRequestException REQUEST_INVALID: unreadable or no object; INPUT_NOT_JSON, with the
    ///     place
    public static Map<String, @Nullable Object> read(String name, InputStream standardInput) {
        String source = source(name);
        return object(Json.parse(textOf(name, standardInput), source), source);
    }

    /// One line of an input that has a JSON object on each.
    public record Line(String source, Map<String, @Nullable Object> object) {
        /// Does something with the object; its errors name the line.
        public <T> T attempt(Function<Map<String, @Nullable Object>, T> work) {
            try {
                return work.apply(object);
            } catch (InvalidRequestException problem) {
                Map<String, Object> details = new LinkedHashMap<>(problem.details());
                details.put("source", source);
                throw new InvalidRequestException(
                        problem.code(), source + ": " + problem.getMessage(), details, problem);
            }
        }
    }

    /// Reads an input that has a JSON object on each line; empty lines are left out.
    ///
    /// @param linesMax more are refused
    /// @throws InvalidRequestException as for [#read], with the line
    public static List<Line> readLines(String name, InputStream standardInput, int linesMax) {
        List<String> texts = textOf(name, standardInput).lines().toList();
        List<Line> lines = new ArrayList<>();
        for (int index = 0; index < texts.size(); index++) {
            String source = source(name) + ":" + (index + 1);
            if (!texts.get(index).isBlank()) {
                lines.add(new Line(source, object(Json.parse(texts.get(index), source), source)));
            }
            if (lines.size() > linesMax) {
                throw invalid(source, "input " + name + " has more than " + linesMax + " lines; split it");
            }
        }
        return lines;
    }

    private static String source(String name) {
        return name.equals(STANDARD_INPUT) ? "standard input" : name;
    }

    private static String textOf(String name, InputStream standardInput) {
        String source = source(name);
        return text(name.equals(STANDARD_INPUT) ? bytes(standardInput, source) : bytes(Path.of(name)), source);
    }

    private static byte[] bytes(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            return bytes(stream, file.toString());
        } catch (NoSuchFileException _) {
            throw invalid(file.toString(), "cannot read input " + file + ": there is no such file");
        } catch (IOException problem) {
            throw invalid(file.toString(), "cannot read input " + file + ": " + problem.getMessage());
        }
    }

    private static byte[] bytes(InputStream stream, String source) {
        try {
            byte[] bytes = stream.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw invalid(source, "input " + source + " has more than " + BYTES_MAX + " bytes");
            }
            return bytes;
        } catch (IOException problem) {
            throw invalid(source, "cannot read input " + source + ": " + problem.getMessage());
        }
    }

    private static String text(byte[] bytes, String source) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException problem) {
            throw new InvalidRequestException(
                    ErrorCode.INPUT_NOT_JSON,
                    source + ": not JSON: it is not written in UTF-8",
                    Map.of("source", source),
                    problem);
        }
    }

    @SuppressWarnings("unchecked") // Json gives objects as maps with text keys
    private static Map<String, @Nullable Object> object(@Nullable Object value, String source) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        String found = switch (value) {
            case null -> "null";
            case List<?> _ -> "an array";
            case String _ -> "a string";
            case Number _ -> "a number";
            default -> "a boolean";
        };
        throw invalid(source, "input " + source + " must be a JSON object, but is " + found);
    }

    private static InvalidRequestException invalid(String source, String message) {
        return new InvalidRequestException(ErrorCode.REQUEST_INVALID, message, Map.of("source", source));
    }
}
