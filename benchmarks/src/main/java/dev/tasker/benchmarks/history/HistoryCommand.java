package dev.tasker.benchmarks.history;

import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.postgres.UnsuitableFolderException;
import dev.tasker.benchmarks.report.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `benchmarks/history`
@Command(
        name = "benchmarks/history",
        description = {
            "Measures what a long history costs engines and queries, on a PostgreSQL of its own with durable settings.",
            "Prints every figure beside its target, and writes history.json, history.svg and history.png.",
            "Exit codes: 0 all figures hold, 1 one is missed, 2 bad input or too little room."
        },
        footer = {
            "",
            "Examples:",
            "  benchmarks/history",
            "  benchmarks/history --finished 20000 --active 1000 --rounds 3 --seconds 2"
        })
public final class HistoryCommand implements Callable<Integer> {
    private static final int WIDTH = 110;
    private static final long START = System.nanoTime();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--finished", paramLabel = "N", description = "Finished tasks (default: ${DEFAULT-VALUE}).")
    private int finished = 1_000_000;

    @Option(names = "--active", paramLabel = "N", description = "Unfinished tasks (default: ${DEFAULT-VALUE}).")
    private int active = 10_000;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long an engine is measured at a time (default: ${DEFAULT-VALUE}).")
    private int seconds = 10;

    @Option(names = "--seed", paramLabel = "N", description = "Of the generated history (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Where results are written (default: benchmarks/results).")
    private Path output = Path.of(System.getProperty("tasker.home", "."), "benchmarks", "results");

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where PostgreSQL keeps its data, on a disk with room for 14 kB a task (default:"
                    + " ${DEFAULT-VALUE}).")
    private Path dataFolder = Path.of("/var/tmp");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /// Runs it and ends the process with its exit code.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new HistoryCommand())
                .setUsageHelpWidth(WIDTH)
                .setExecutionExceptionHandler(HistoryCommand::failure)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        require(finished >= 1_000, "--finished", "must be at least 1000");
        require(active >= 100, "--active", "must be at least 100");
        require(rounds > 0, "--rounds", "must be above 0");
        require(seconds > 0, "--seconds", "must be above 0");
        Files.createDirectories(output);
        HistoryOrder order = new HistoryOrder(seed, finished, active, rounds, Duration.ofSeconds(seconds));
        say("seed " + seed);
        try (BenchmarkServer server =
                        BenchmarkServer.start(dataFolder, order.bytesNeeded(), HistoryBenchmark.SETTINGS);
                ServerConnection connection = ServerConnection.open(server.address())) {
            HistoryReport report = HistoryBenchmark.run(order, server, connection, HistoryCommand::say);
            JsonFile.write(output.resolve("history.json"), report);
            HistoryPlot.write(report.growth(), output);
            System.out.print(HistoryTable.of(report));
            say("written to " + output);
            return report.holds() ? 0 : 1;
        }
    }

    private void require(boolean isFine, String option, String reason) {
        if (!isFine) {
            throw new ParameterException(spec.commandLine(), option + ": " + reason);
        }
    }

    private static void say(String line) {
        Duration since = Duration.ofNanos(System.nanoTime() - START);
        System.err.println(String.format(
                Locale.ROOT, "%d:%02d:%02d  %s", since.toHours(), since.toMinutesPart(), since.toSecondsPart(), line));
    }

    private static int failure(Exception problem, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (problem instanceof UnsuitableFolderException) {
            command.getErr().println(problem.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        throw problem;
    }
}
