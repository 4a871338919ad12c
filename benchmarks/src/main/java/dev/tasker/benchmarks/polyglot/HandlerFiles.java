package dev.tasker.benchmarks.polyglot;

import dev.tasker.identity.HandlerRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The measured handlers as files, and the programs at the other end of a pipe; removed when closed.
///
/// `calls` holds the handlers, `pipe` reads JSON lines, and both call the same function in `order`.
record HandlerFiles(Path root) implements AutoCloseable {
    private static final List<String> NAMES = List.of("order", "calls", "pipe");
    private static final List<String> SUFFIXES = List.of("mjs", "py", "rb");
    // Guests may read what is below the folder above their own: one that is ours alone.
    private static final String FOLDER = "handlers";

    static HandlerFiles unpack() {
        try {
            HandlerFiles files = new HandlerFiles(Files.createTempDirectory("tasker-benchmark-"));
            Files.createDirectory(files.root.resolve(FOLDER));
            for (String name : NAMES) {
                for (String suffix : SUFFIXES) {
                    files.copy(name + "." + suffix);
                }
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copy(String name) throws IOException {
        try (InputStream text = HandlerFiles.class.getResourceAsStream(name)) {
            Files.copy(Objects.requireNonNull(text, name), file(name));
        }
    }

    /// The handlers `Order`, `Echo` and `Meet`.
    Path calls(HandlerRuntime runtime) {
        return file("calls." + suffix(runtime));
    }

    Path file(String name) {
        return root.resolve(FOLDER).resolve(name);
    }

    private static String suffix(HandlerRuntime runtime) {
        return switch (runtime) {
            case JAVASCRIPT -> "mjs";
            case PYTHON -> "py";
            case RUBY -> "rb";
            case JAVA -> throw new IllegalArgumentException("Java's handlers are classes");
        };
    }

    @Override
    public void close() {
        Folders.remove(root);
    }
}
