package dev.tasker.embedded;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// What this machine has; a test of what is missing is skipped, and says what to install.
final class Installed {
    /// The checkout.
    static final Path HOME =
            Path.of(System.getProperty("tasker.home", "..")).toAbsolutePath().normalize();

    /// The library, its jars and nothing else: the JVM is the one that runs these tests.
    static final Path RUNTIME = HOME.resolve("bindings-c/target/runtime");

    private Installed() {}

    /// The path of a program.
    static String program(String name, String packages) {
        Optional<Path> found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        require(found.isPresent(), name + " is not installed (Debian: " + packages + ")");
        return found.orElseThrow().toString();
    }

    /// Demands that a program that only looks for something succeeds, such as `ruby -rffi -e 0`.
    static void check(String what, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        require(process.waitFor() == 0, what + " is missing");
    }

    static void require(boolean isThere, String otherwise) {
        assumeTrue(isThere, otherwise);
    }
}
