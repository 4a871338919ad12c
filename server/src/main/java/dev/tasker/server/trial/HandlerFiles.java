package dev.tasker.server.trial;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.HandlerRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Files of handlers, told by their suffix.
public final class HandlerFiles {
    private static final Map<String, HandlerRuntime> SUFFIXES =
            Map.of(".mjs", HandlerRuntime.JAVASCRIPT, ".py", HandlerRuntime.PYTHON, ".rb", HandlerRuntime.RUBY);
    private static final int DEPTH_MAX = 8;

    private HandlerFiles() {}

    /// The language of a file; empty where its suffix is of none.
    public static Optional<HandlerRuntime> runtimeOf(Path file) {
        String name = file.toString();
        return SUFFIXES.entrySet().stream()
                .filter(suffix -> name.endsWith(suffix.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /// The file itself, or those below a folder, without those of packages and hidden folders.
    ///
    /// @throws InvalidRequestException OPTION_INVALID: there is no such file or folder, or it is of no language
    public static List<Path> below(Path path) {
        if (Files.isRegularFile(path) && runtimeOf(path).isPresent()) {
            return List.of(path.toAbsolutePath().normalize());
        }
        if (!Files.isDirectory(path)) {
            throw new InvalidRequestException(
                    ErrorCode.OPTION_INVALID,
                    path + (Files.exists(path) ? " is" : " does not exist; it must be")
                            + (Files.exists(path) ? " no" : " a")
                            + " handler file (.rb, .py, .mjs) or a folder of them",
                    Map.of("path", path.toString()));
        }
        try (Stream<Path> files = Files.walk(path.toAbsolutePath().normalize(), DEPTH_MAX)) {
            return files.filter(file -> runtimeOf(file).isPresent() && Files.isRegularFile(file))
                    .filter(file ->
                            !isOfPackage(path.toAbsolutePath().normalize().relativize(file)))
                    .sorted()
                    .toList();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static boolean isOfPackage(Path relative) {
        for (Path part : relative) {
            String name = part.toString();
            if (name.startsWith(".")
                    || name.equals("node_modules")
                    || name.equals("site-packages")
                    || name.equals("vendor")
                    || name.equals("venv")) {
                return true;
            }
        }
        return false;
    }
}
