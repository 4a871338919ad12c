package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.compare.Median;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// `bin/tasker` as a user starts it, with a home folder and an embedded database of its own.
final class StartUp implements AutoCloseable {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final Duration END_MAX = Duration.ofMinutes(1);
    /// What would lead the command to another database, or to another JVM than the user's.
    private static final Set<String> STRANGE =
            Set.of("TASKER_DATABASE_URL", "TASKER_CONFIG", "TASKER_JAVA_OPTS", "JAVA_TOOL_OPTIONS");

    private final Path source = Path.of(System.getProperty("tasker.home", ".")).toAbsolutePath();
    private final Path home;
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    private StartUp(Path home) {
        this.home = home;
    }

    /// Builds what is out of date, makes the start-up cache, and runs the demo once.
    static StartUp prepare(Path dataFolder) throws InterruptedException {
        try {
            Path home = Files.createTempDirectory(dataFolder, "tasker-benchmark-home-");
            // The server's account, which is not that of root, has to reach its data.
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
            StartUp startUp = new StartUp(home);
            startUp.output(startUp.builder(List.of("train"), false));
            startUp.output(startUp.builder(List.of("demo", "-o", "json"), true));
            return startUp;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Measures everything.
    List<StartResult> run(int rounds, Consumer<String> progress) throws InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            demo();
            javaScript();
            worker();
            progress.accept("startup, round " + round + ": " + seconds);
        }
        List<StartResult> results = new ArrayList<>();
        seconds.forEach((what, values) -> results.add(new StartResult(what, Median.of(values), values)));
        return results;
    }

    private void demo() throws InterruptedException {
        Instant start = Instant.now();
        String document = output(builder(List.of("demo", "-o", "json"), true));
        note(StartResult.DEMO_END, start, Instant.now());
        note(StartResult.DEMO_FIRST_GUEST, start, DemoTimes.firstGuestHandler(document));
    }

    private void javaScript() throws InterruptedException {
        Instant start = Instant.now();
        output(builder(
                List.of(
                        "run",
                        source.resolve("examples-js/templates/order_fulfillment.yaml")
                                .toString(),
                        "--input",
                        source.resolve("examples-js/inputs/order.json").toString(),
                        "-o",
                        "json"),
                true));
        note(StartResult.JAVASCRIPT_RUN, start, Instant.now());
    }

    private void worker() throws InterruptedException {
        Instant start = Instant.now();
        try {
            Process worker = builder(List.of("worker", "-o", "json"), true).start();
            Thread stop = new Thread(worker::destroyForcibly);
            Runtime.getRuntime().addShutdownHook(stop);
            try (BufferedReader lines = worker.inputReader(StandardCharsets.UTF_8)) {
                String ready = String.valueOf(lines.readLine());
                note(StartResult.WORKER_READY, start, Instant.now());
                for (String language : List.of("\"javascript\"", "\"python\"", "\"ruby\"")) {
                    if (!ready.contains(language)) {
                        throw new IllegalStateException("the worker has no handlers in " + language + ": " + ready);
                    }
                }
            } finally {
                end(worker);
            }
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Process worker) throws InterruptedException {
        worker.destroy();
        if (!worker.waitFor(END_MAX)) {
            worker.destroyForcibly();
        }
    }

    private void note(String what, Instant start, Instant end) {
        double value = Duration.between(start, end).toMillis() / MILLIS_PER_SECOND;
        seconds.computeIfAbsent(what, _ -> new ArrayList<>()).add(value);
    }

    private ProcessBuilder builder(List<String> arguments, boolean hasOwnHome) {
        List<String> words = new ArrayList<>();
        words.add(source.resolve("bin/tasker").toString());
        words.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectError(home.resolve("stderr.log").toFile())
                .directory(home.toFile());
        builder.environment().keySet().removeAll(STRANGE);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        if (hasOwnHome) {
            builder.environment().put("HOME", home.toString());
        }
        return builder;
    }

    private String output(ProcessBuilder builder) throws InterruptedException {
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException("%s ended with exit code %d:%n%s"
                        .formatted(builder.command(), code, Files.readString(home.resolve("stderr.log"))));
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Folders.remove(home);
    }
}
