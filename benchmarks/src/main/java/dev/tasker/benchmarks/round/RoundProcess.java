package dev.tasker.benchmarks.round;

import dev.tasker.server.benchmark.Workload;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts the process of a round and waits for its result. The same Java, class path and options for each system.
public final class RoundProcess {
    private static final List<String> OPTIONS = List.of(
            "-Xmx2g",
            "-XX:+UseG1GC",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dpolyglot.engine.WarnInterpreterOnly=false");
    private static final String HOME = "tasker.home";

    private RoundProcess() {}

    /// Runs a round.
    ///
    /// @throws IllegalStateException with what the process wrote, if it failed
    public static RoundResult run(RoundOrder order) throws InterruptedException {
        try {
            Path log = Files.createTempFile("tasker-benchmark-round-", ".log");
            try {
                return run(order, log);
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RoundResult run(RoundOrder order, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command(order.workload()))
                .redirectError(log.toFile())
                .start();
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(Wire.write(order).getBytes(StandardCharsets.UTF_8));
            }
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0 || answer.isEmpty()) {
                throw new IllegalStateException("a round of " + order.system().key() + " on " + order.workload()
                        + " with " + order.inFlight() + " in flight failed with exit code " + code + ":\n"
                        + Files.readString(log));
            }
            return Wire.readResult(answer);
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> command(Workload workload) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(OPTIONS);
        if (!workload.isJavaOnly()) {
            words.addAll(guestCompiler());
        }
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), RoundMain.class.getName()));
        return words;
    }

    /// As `tasker worker` has it: guest code is compiled, not interpreted.
    private static List<String> guestCompiler() {
        Path folder = Path.of(System.getProperty(HOME, ".")).resolve("server/target/compiler");
        return Files.isDirectory(folder)
                ? List.of("--upgrade-module-path=" + folder, "-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI")
                : List.of();
    }
}
