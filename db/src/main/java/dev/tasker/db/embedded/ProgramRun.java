package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One run of one of PostgreSQL's programs under the server's account, awaited to its end.
final class ProgramRun {

    private static final Path WORKING_FOLDER = Path.of("/");

    private ProgramRun() {}

    /// Runs the command; its output goes to `log`.
    ///
    /// @throws EmbeddedPostgresException with the log's last lines, if it failed or took too long
    static void run(ServerAccount account, List<String> words, Path log, Duration timeout) {
        String program = Path.of(words.getFirst()).getFileName().toString();
        try {
            Process process = builder(account.command(words), log).start();
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new EmbeddedPostgresException(
                        program + " did not end within " + timeout.toSeconds() + " s. " + ServerLog.tail(log));
            }
            if (process.exitValue() != 0) {
                throw new EmbeddedPostgresException(
                        program + " failed with exit code " + process.exitValue() + ". " + ServerLog.tail(log));
            }
        } catch (IOException e) {
            throw new EmbeddedPostgresException(program + " could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException("Interrupted while waiting for " + program + ".", e);
        }
    }

    /// A process builder that holds none of the caller's streams open and sees no `PG*` variable.
    static ProcessBuilder builder(List<String> command, Path log) {
        ServerLog.create(log);
        ProcessBuilder builder = new ProcessBuilder(command)
                // The server's account may not be able to enter the caller's folder.
                .directory(WORKING_FOLDER.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        // Messages in English and plain ASCII: they are searched for known failures.
        builder.environment().put("LC_ALL", "C");
        return builder;
    }
}
