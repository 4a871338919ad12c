package dev.tasker.embedded;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What this machine has; a test of what is missing is skipped, and says what to install.
final class Installed {
    /// The checkout.
    static final Path HOME =
            Path.of(System.getProperty("tasker.home", "..")).toAbsolutePath().normalize();

    /// The runtime folder under test: `TASKER_RUNTIME`, or else what the build has made.
    static final Path RUNTIME = Optional.ofNullable(System.getenv("TASKER_RUNTIME"))
            .map(Path::of)
            .orElse(HOME.resolve("bindings-c/target/runtime"))
            .toAbsolutePath();

    private static final int NODE_VERSION_MIN = 20;

    private Installed() {}

    /// What a process needs to embed the engine: the library, and the JVM that runs these tests.
    static Map<String, String> engine() {
        require(
                Files.exists(RUNTIME.resolve("libtasker.so")),
                "libtasker.so was not built in " + RUNTIME + "; it needs a C compiler (Debian: gcc libc6-dev)");
        return Map.of("TASKER_RUNTIME", RUNTIME.toString(), "TASKER_JAVA_HOME", System.getProperty("java.home"));
    }

    /// A call of the command line that runs what is built.
    static List<String> tasker(String... arguments) {
        return Stream.concat(
                        Stream.of(
                                "env",
                                "TASKER_NO_BUILD=1",
                                HOME.resolve("bin/tasker").toString()),
                        Arrays.stream(arguments))
                .toList();
    }

    /// The first Python that has some modules. Debian's own has those of Debian's packages; another one may stand
    /// before
    /// it on the path.
    static String python(String packages, String... modules) throws IOException, InterruptedException {
        List<String> pythons = Stream.concat(
                        folders().map(folder -> folder.resolve("python3")), Stream.of(Path.of("/usr/bin/python3")))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .distinct()
                .toList();
        String imports = modules.length == 0 ? "" : "import " + String.join(", ", modules);
        for (String python : pythons) {
            if (succeeds(python, "-c", imports)) {
                return python;
            }
        }
        require(false, "no Python with " + String.join(", ", modules) + " (Debian: " + packages + ")");
        throw new AssertionError();
    }

    /// A Node that can embed the engine.
    static String node() throws IOException, InterruptedException {
        String node = program("node", "nodejs");
        String test = "process.exit(process.versions.node.split('.')[0] >= " + NODE_VERSION_MIN + " ? 0 : 1)";
        require(succeeds(node, "-e", test), "Node.js " + NODE_VERSION_MIN + " or newer is missing");
        return node;
    }

    /// The path of a program.
    static String program(String name, String packages) {
        Optional<Path> found = folders()
                .map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
        require(found.isPresent(), name + " is not installed (Debian: " + packages + ")");
        return found.orElseThrow().toString();
    }

    /// Demands that a program that only looks for something succeeds, such as `ruby -rffi -e 0`.
    static void check(String what, String... command) throws IOException, InterruptedException {
        require(succeeds(command), what + " is missing");
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private static Stream<Path> folders() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(Path::of);
    }

    static void require(boolean isThere, String otherwise) {
        assumeTrue(isThere, otherwise);
    }
}
