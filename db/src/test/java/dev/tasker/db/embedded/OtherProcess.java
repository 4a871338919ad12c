package dev.tasker.db.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A JVM of its own that opens a home's database, tells so, and closes it when its input ends.
final class OtherProcess implements AutoCloseable {

    private static final String OPENED = "opened";
    private static final int END_SECONDS_MAX = 60;

    private final Process process;
    private final BufferedReader output;

    private OtherProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static OtherProcess start(EmbeddedPostgresConfig config) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProcess.class.getName(),
                config.home().toString()));
        config.fallbacks().forEach(fallback -> words.add(fallback.toString()));
        return new OtherProcess(new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /// Waits until the database is open; returns its port and whether the server ran already.
    String awaitOpened() throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(OPENED)) {
                return line.substring(OPENED.length()).strip();
            }
        }
        throw new IllegalStateException("the other process ended before it had opened the database");
    }

    /// Whether nobody holds its output open any more; waits for that.
    boolean isOutputClosed() throws IOException {
        return output.readLine() == null;
    }

    /// Ends it as the operating system would: without a chance to clean up.
    void kill() throws InterruptedException {
        // Not by the process object, which would close the streams too.
        process.toHandle().destroyForcibly();
        process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS);
    }

    /// Lets it close the database, and waits for its end.
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        if (process.onExit()
                .completeOnTimeout(process, END_SECONDS_MAX, TimeUnit.SECONDS)
                .join()
                .isAlive()) {
            process.destroyForcibly();
            throw new IllegalStateException("the other process did not end");
        }
    }

    /// Opens the database of the home folder that is the first argument; the others are fallbacks.
    public static void main(String[] arguments) throws IOException {
        EmbeddedPostgresConfig given = EmbeddedPostgresConfig.ofHome(Path.of(arguments[0]));
        List<Path> fallbacks = List.of(arguments).stream().skip(1).map(Path::of).toList();
        try (EmbeddedPostgres database =
                EmbeddedPostgres.open(new EmbeddedPostgresConfig(given.home(), fallbacks, given.startMax()))) {
            System.out.println(OPENED + " " + database.port() + " " + database.attached());
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
