package dev.tasker.benchmarks;

import dev.tasker.benchmarks.command.GrowthCommand;
import dev.tasker.benchmarks.command.JmhCommand;
import dev.tasker.benchmarks.command.RunCommand;
import dev.tasker.benchmarks.command.TargetsCommand;
import dev.tasker.benchmarks.postgres.UnsuitableFolderException;
import picocli.CommandLine;

/// Where `benchmarks/run` starts.
public final class BenchmarkCli {
    private static final int WIDTH = 110;

    private BenchmarkCli() {}

    /// Runs one command and ends the process with its exit code: 0 ok, 1 a target is missed, 2 bad input.
    public static void main(String[] arguments) {
        System.exit(commands().execute(arguments));
    }

    static CommandLine commands() {
        return new CommandLine(new RunCommand())
                .addSubcommand(new TargetsCommand())
                .addSubcommand(new GrowthCommand())
                .addSubcommand(new JmhCommand())
                .setUsageHelpWidth(WIDTH)
                .setExecutionExceptionHandler(BenchmarkCli::failure);
    }

    private static int failure(Exception problem, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (problem instanceof UnsuitableFolderException) {
            command.getErr().println(problem.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        if (isBeingStopped()) {
            // By a signal: what breaks now breaks because the server is gone.
            Thread.currentThread().join();
        }
        throw problem;
    }

    private static boolean isBeingStopped() {
        Thread probe = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            return !Runtime.getRuntime().removeShutdownHook(probe);
        } catch (IllegalStateException _) {
            return true;
        }
    }
}
