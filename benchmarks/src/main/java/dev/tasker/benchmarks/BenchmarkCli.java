package dev.tasker.benchmarks;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Where `benchmarks/run` starts.
@Command(name = "benchmarks/run", description = "Measures Tasker beside other systems, on a PostgreSQL of its own.")
public final class BenchmarkCli implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private BenchmarkCli() {}

    /// Runs one command and ends the process with its exit code.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BenchmarkCli()).execute(arguments));
    }

    @Override
    public Integer call() {
        return CommandLine.ExitCode.OK;
    }
}
