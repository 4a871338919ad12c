package dev.tasker.server;

import dev.tasker.server.command.CommandTree;
import dev.tasker.server.command.Interrupts;
import dev.tasker.server.command.Invocation;
import dev.tasker.server.output.Streams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where `bin/tasker` starts.
public final class TaskerCli {
    /// What the end of the JVM may take, once the command is done.
    private static final Duration EXIT_MAX = Duration.ofSeconds(10);

    private static final String HOME_PROPERTY = "tasker.home";

    private TaskerCli() {}

    /// Runs one command and ends the process with its exit code.
    public static void main(String[] arguments) {
        Invocation invocation = new Invocation(
                Streams.ofProcess(),
                System.getenv(),
                Optional.ofNullable(System.getProperty(HOME_PROPERTY)).map(Path::of),
                Interrupts.install(System::exit),
                true);
        int exitCode = run(invocation, arguments);
        haltLater(exitCode);
        System.exit(exitCode);
    }

    /// The languages wait, while the JVM ends, for handlers that cannot be stopped.
    private static void haltLater(int exitCode) {
        Thread.ofPlatform().daemon().name("tasker-exit").start(() -> {
            try {
                Thread.sleep(EXIT_MAX);
            } catch (InterruptedException _) {
                // Then at once.
                Thread.onSpinWait();
            }
            Runtime.getRuntime().halt(exitCode);
        });
    }

    /// Runs one command in this process.
    ///
    /// @return its exit code
    public static int run(Invocation invocation, String... arguments) {
        int exitCode = new CommandTree(invocation).execute(arguments);
        invocation.streams().out().flush();
        invocation.streams().err().flush();
        return exitCode;
    }
}
