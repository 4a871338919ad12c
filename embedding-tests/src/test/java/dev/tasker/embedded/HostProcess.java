package dev.tasker.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A process under test with all that it starts. Its output is in a file below `target/logs`.
final class HostProcess implements AutoCloseable {
    private static final int SHOWN_LINES_MAX = 80;
    private static final Path LOGS = Installed.HOME.resolve("embedding-tests/target/logs");

    private final String name;
    private final Process process;
    private final Path output;

    private HostProcess(String name, Process process, Path output) {
        this.name = name;
        this.process = process;
        this.output = output;
    }

    /// What to start.
    ///
    /// @param name names the file of its output, such as `RailsAppTest/web`
    /// @param environment is added to that of the tests, of which settings of Tasker are left out
    record Launch(String name, Path folder, List<String> command, Map<String, String> environment) {
        Launch {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }

        Launch with(String key, String value) {
            Map<String, String> more = new HashMap<>(environment);
            more.put(key, value);
            return new Launch(name, folder, command, more);
        }

        HostProcess start() throws IOException {
            Path output = LOGS.resolve(name + ".log");
            Files.createDirectories(output.getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(key -> key.startsWith("TASKER_"));
            builder.environment().putAll(environment);
            return new HostProcess(name, builder.start(), output);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Whether a process is this one, or one that it has started.
    boolean started(long pid) {
        try (Stream<ProcessHandle> started = process.descendants()) {
            return pid == process.pid() || started.anyMatch(other -> other.pid() == pid);
        }
    }

    /// What it has written so far, to standard output and standard error.
    String output() {
        try {
            return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /// The last lines of its output, for messages.
    String tail() {
        List<String> lines = output().lines().toList();
        int hidden = Math.max(0, lines.size() - SHOWN_LINES_MAX);
        return "the end of the output of " + name + " (" + output + "):\n"
                + String.join("\n", lines.subList(hidden, lines.size()));
    }

    /// Waits until it has written something.
    void awaitOutput(String text, Duration longest) throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!output().contains(text)) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                throw new AssertionError(name + " did not write \"" + text + "\" within " + longest.toSeconds() + " s"
                        + (process.isAlive() ? "; " : ", it has ended; ") + tail());
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }

    /// Waits for its end.
    ///
    /// @return its exit code, 128 and the number where a signal ended it
    int awaitExit(Duration longest) throws InterruptedException {
        if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError(name + " still runs after " + longest.toSeconds() + " s; " + tail());
        }
        return process.exitValue();
    }

    /// SIGTERM, to this process alone.
    void terminate() {
        process.toHandle().destroy();
    }

    /// Any signal, by its name.
    void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, process.pid() + "").start().waitFor();
    }

    /// SIGKILL to it and to all that it has started.
    void kill() throws InterruptedException {
        try (Stream<ProcessHandle> started = process.descendants()) {
            List<ProcessHandle> all =
                    Stream.concat(Stream.of(process.toHandle()), started).toList();
            all.forEach(ProcessHandle::destroyForcibly);
        }
        process.waitFor();
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
