package dev.tasker.server.command;

import dev.tasker.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The result of a step as a user gives it: the name of a file, JSON text, or `-` for standard input.
final class ResultText {
    /// More is refused anyway; so much is read to tell how much it is.
    private static final int BYTES_MAX = 8 * 1024 * 1024;

    private ResultText() {}

    /// @throws dev.tasker.error.InvalidRequestException INPUT_NOT_JSON, with the place; OPTION_INVALID:
    ///     unreadable or too large
    static @Nullable Object read(String text, InputStream standardInput) {
        if (text.equals("-")) {
            return Json.parse(read(standardInput, "standard input"), "standard input");
        }
        if (!isFile(text)) {
            return Json.parse(text, "--result (there is no such file)");
        }
        try (InputStream file = Files.newInputStream(Path.of(text))) {
            return Json.parse(read(file, text), text);
        } catch (IOException problem) {
            throw OptionProblem.of("--result", "cannot read " + text + ": " + problem.getMessage());
        }
    }

    private static boolean isFile(String text) {
        try {
            return Files.isRegularFile(Path.of(text));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static String read(InputStream stream, String source) {
        try {
            byte[] bytes = stream.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw OptionProblem.of("--result", source + " has more than " + BYTES_MAX + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw OptionProblem.of("--result", "cannot read " + source + ": " + problem.getMessage());
        }
    }
}
