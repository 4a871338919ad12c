package dev.tasker.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Packages of npm, installed once into a folder of the checkout.
final class NodePackages {
    private static final Duration INSTALL_MAX = Duration.ofMinutes(5);

    private NodePackages() {}

    /// Runs `npm install` where one of the packages is missing.
    static void install(Path folder, String... packages) throws IOException, InterruptedException {
        boolean isThere = Arrays.stream(packages)
                .allMatch(name -> Files.exists(folder.resolve("node_modules").resolve(name)));
        if (isThere) {
            return;
        }
        List<String> command =
                List.of(Installed.program("npm", "npm"), "install", "--no-package-lock", "--no-audit", "--no-fund");
        try (HostProcess npm =
                new HostProcess.Launch("npm-install-" + folder.getFileName(), folder, command, Map.of()).start()) {
            if (npm.awaitExit(INSTALL_MAX) != 0) {
                throw new AssertionError("npm install failed in " + folder + "; " + npm.tail());
            }
        }
    }
}
