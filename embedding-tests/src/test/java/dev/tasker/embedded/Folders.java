package dev.tasker.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Folders below `target`, and copies of those of the checkout.
final class Folders {
    private static final Path WORK = Installed.HOME.resolve("embedding-tests/target/work");

    private Folders() {}

    /// An empty folder for a test class. It stays when the test is over.
    static Path fresh(Class<?> test) throws IOException {
        Path folder = WORK.resolve(test.getSimpleName());
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(folder);
    }

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
