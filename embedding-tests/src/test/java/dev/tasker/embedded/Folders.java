package dev.tasker.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Copies of folders of the checkout, for tests that change them.
final class Folders {
    private Folders() {}

    /// Copies files and folders of a folder into a new one.
    ///
    /// @return the new folder
    static Path copy(Path from, Path to, String... names) throws IOException {
        for (String name : names) {
            List<Path> found;
            try (Stream<Path> files = Files.walk(from.resolve(name))) {
                found = files.filter(Files::isRegularFile).toList();
            }
            for (Path file : found) {
                Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        return to;
    }
}
