package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A file of handlers and its text.
///
/// @param packages folders of packages that it may import
public record HandlerFile(Path path, String text, List<Path> packages) {
    /// Reads a file.
    ///
    /// @throws HandlerLoadException HANDLER_FILE_MISSING, or HANDLER_LOAD_FAILED where it is no UTF-8 text
    public static HandlerFile read(Path path, List<Path> packages) {
        try {
            return new HandlerFile(path, Files.readString(path), packages);
        } catch (NoSuchFileException missing) {
            throw failure(ErrorCode.HANDLER_FILE_MISSING, path, "there is no handler file " + path, missing);
        } catch (IOException problem) {
            throw failure(
                    ErrorCode.HANDLER_LOAD_FAILED, path, "cannot read handler file " + path + ": " + problem, problem);
        }
    }

    private static HandlerLoadException failure(ErrorCode code, Path path, String message, IOException cause) {
        return new HandlerLoadException(code, message, Map.of("file", path.toString()), cause);
    }
}
