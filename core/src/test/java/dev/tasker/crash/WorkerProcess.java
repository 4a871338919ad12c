package dev.tasker.crash;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An engine in a JVM of its own, which the test kills, stops, continues or asks to end.
final class WorkerProcess implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Process process;
    private final Path output;

    private WorkerProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /// Returns at once; see [#awaitReady].
    static WorkerProcess start(WorkerSettings settings, String name) throws IOException {
        return start(settings, name, WorkerMain.class);
    }

    /// The same for another program than an engine.
    static WorkerProcess start(WorkerSettings settings, String name, Class<?> program) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        settings.with("name", name).properties().forEach((key, value) -> command.add("-Dworker." + key + "=" + value));
        command.add(program.getName());
        Path output = settings.folder().resolve(name + ".out");
        return new WorkerProcess(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start(),
                output);
    }

    WorkerProcess awaitReady() {
        return awaitLine("ready");
    }

    /// Waits until a line of its output contains the text.
    WorkerProcess awaitLine(String text) {
        await(output + " has " + text)
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> count(text) > 0);
        return this;
    }

    /// How many lines of its output contain one of the texts.
    long count(String... texts) throws IOException {
        return Files.readAllLines(output).stream()
                .filter(line -> List.of(texts).stream().anyMatch(line::contains))
                .count();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// Stops it in the middle of whatever it does (SIGSTOP); it does not notice.
    void freeze() throws Exception {
        signal("STOP");
    }

    void thaw() throws Exception {
        signal("CONT");
    }

    void terminate() {
        process.toHandle().destroy();
    }

    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the worker has not ended in time");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void signal(String name) throws Exception {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("signal " + name + " could not be sent");
        }
    }
}
