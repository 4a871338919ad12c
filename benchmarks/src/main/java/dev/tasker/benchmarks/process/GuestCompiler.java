package dev.tasker.benchmarks.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The compiler of guest code, which is built with the server and given to a JVM by options.
public final class GuestCompiler {
    private static final String HOME = "tasker.home";

    private GuestCompiler() {}

    public static boolean isBuilt() {
        return Files.isDirectory(folder());
    }

    /// The options of a JVM that compiles guest code, as `tasker worker` has them.
    public static List<String> options() {
        return List.of("--upgrade-module-path=" + folder(), "-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI");
    }

    private static Path folder() {
        return Path.of(System.getProperty(HOME, ".")).resolve("server/target/compiler");
    }
}
