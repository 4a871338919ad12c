package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.store.DatabaseAddress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tasker with-database`
@Command(
        name = "with-database",
        description = {
            "Runs another program with a database that is there and migrated: the embedded PostgreSQL, or the one that"
                    + " --database-url names. The program finds its address in "
                    + DatabaseAddress.VARIABLE + ".",
            "Ends with the exit code of the program, and passes SIGTERM and Ctrl-C on to it."
        },
        footer = {"", "Example:", "  tasker with-database ruby order.rb"})
final class WithDatabaseCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(arity = "1..*", paramLabel = "PROGRAM", description = "The program and its arguments.")
    private List<String> program = List.of();

    WithDatabaseCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (OpenDatabase database = root.database().open()) {
            ProcessBuilder builder = new ProcessBuilder(program).inheritIO();
            builder.environment().put(DatabaseAddress.VARIABLE, database.url());
            // First, or a signal that comes as soon as the program runs would end this process alone.
            CompletableFuture<Process> started = new CompletableFuture<>();
            root.invocation().interrupts().onFirst(_ -> started.join().destroy());
            Process process = start(builder);
            started.complete(process);
            return process.waitFor();
        }
    }

    private Process start(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException problem) {
            throw new InvalidRequestException(
                    ErrorCode.OPTION_INVALID,
                    "cannot run " + program.getFirst() + ": " + problem.getMessage(),
                    Map.of("program", program.getFirst()),
                    problem);
        }
    }
}
