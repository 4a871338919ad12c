package dev.tasker.execution;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The `data` folder beside a template: the only files that a handler can read through Tasker. Safe from any
/// thread.
public final class DataFolder {
    /// Larger files belong into a store of their own, not into a step.
    public static final long FILE_BYTES_MAX = 64L * 1024 * 1024;

    private final @Nullable Path root;

    private DataFolder(@Nullable Path root) {
        this.root = root;
    }

    /// The data folder of the template in this file.
    public static DataFolder beside(Path templateFile) {
        return new DataFolder(templateFile.toAbsolutePath().resolveSibling("data"));
    }

    /// For a template that was not read from a file: nothing can be read.
    public static DataFolder none() {
        return new DataFolder(null);
    }

    /// Reads a UTF-8 text file.
    ///
    /// @param relative path below the folder; no `..`, no link that leads out of it
    /// @throws PermanentError DATA_FILE_UNAVAILABLE: outside the folder, absent, too large or not UTF-8
    public String readText(String relative) {
        try {
            Path file = locate(relative);
            long size = Files.size(file);
            if (size > FILE_BYTES_MAX) {
                throw unavailable(relative, "it has " + size + " bytes, more than " + FILE_BYTES_MAX);
            }
            return Files.readString(file);
        } catch (IOException | InvalidPathException problem) {
            throw unavailable(relative, reason(problem));
        }
    }

    private Path locate(String relative) throws IOException {
        if (root == null) {
            throw unavailable(relative, "the template was not registered from a file, so it has no data folder");
        }
        Path file = root.resolve(relative).normalize();
        if (!file.startsWith(root)) {
            throw unavailable(relative, "it lies outside the data folder");
        }
        Path real = file.toRealPath();
        if (!real.startsWith(root.toRealPath())) {
            throw unavailable(relative, "it is a link that leads out of the data folder");
        }
        return real;
    }

    private static String reason(Exception problem) {
        return problem instanceof java.nio.file.NoSuchFileException
                ? "there is no such file"
                : Optional.ofNullable(problem.getMessage()).orElse(problem.toString());
    }

    private PermanentError unavailable(String relative, String reason) {
        return new PermanentError(
                "cannot read data file " + relative + ": " + reason
                        + " (only files below the template's data folder can be read: "
                        + Optional.ofNullable(root).map(Path::toString).orElse("none") + ")",
                ErrorCode.DATA_FILE_UNAVAILABLE.name(),
                Map.of("file", relative));
    }
}
