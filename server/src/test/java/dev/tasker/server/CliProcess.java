package dev.tasker.server;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.store.DatabaseAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The command line in a process of its own, for tests that send signals.
final class CliProcess implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 60;

    private final Process process;
    private final Lines out;
    private final Lines err;

    private CliProcess(Process process) {
        this.process = process;
        this.out = new Lines(process.getInputStream());
        this.err = new Lines(process.getErrorStream());
    }

    static CliProcess start(TestDatabase database, String... arguments) throws IOException {
        return start(database, List.of(), arguments);
    }

    /// The same with more options of the JVM.
    static CliProcess start(TestDatabase database, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                TaskerCli.class.getName()));
        Collections.addAll(command, arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put(DatabaseAddress.VARIABLE, CliRunner.url(database));
        return new CliProcess(builder.start());
    }

    /// Waits for a line that contains the text; earlier lines are passed over.
    void awaitOut(String text) throws InterruptedException {
        out.await(text);
    }

    void awaitErr(String text) throws InterruptedException {
        err.await(text);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void kill() {
        process.destroyForcibly();
    }

    void terminate() {
        // Not Process.destroy, which would close the streams too.
        process.toHandle().destroy();
    }

    void interrupt() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process has not ended in time");
        }
        return process.exitValue();
    }

    /// Kills the process and what it started, which would hold its streams open.
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /// Lines of a stream, read by a thread of their own.
    private static final class Lines {
        private static final String END = "\u0000";

        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final List<String> seen = new ArrayList<>();

        Lines(InputStream stream) {
            Thread.ofPlatform().daemon().start(() -> {
                try (BufferedReader reader =
                        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                    reader.lines().forEach(lines::add);
                } catch (IOException problem) {
                    throw new UncheckedIOException(problem);
                } finally {
                    lines.add(END);
                }
            });
        }

        void await(String text) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
            while (true) {
                String line = lines.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (line == null || line.equals(END)) {
                    throw new AssertionError("no line with `" + text + "`, but:\n" + String.join("\n", seen));
                }
                seen.add(line);
                if (line.contains(text)) {
                    return;
                }
            }
        }
    }
}
