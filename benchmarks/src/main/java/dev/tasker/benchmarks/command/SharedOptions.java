package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.round.RoundOrder;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Options of all measurements on the database.
final class SharedOptions {
    private static final long WARM_UP_TASKS = 500;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long each measurement takes (default: ${DEFAULT-VALUE}).")
    private double seconds = 10;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            description = "How many tasks each measurement has, instead of --seconds; a burst always has 10,000.")
    private long tasks;

    @Option(
            names = "--warm-up-seconds",
            paramLabel = "N",
            description = "How long each process runs before it is measured: at least so long and 500 tasks, then until"
                    + " it has compiled its code, at most five times as long (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds = 15;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the benchmarks' PostgreSQL keeps its data, on a disk (default: ${DEFAULT-VALUE}).")
    private Path dataFolder = Path.of("/var/tmp");

    RoundOrder.Length length() {
        require(seconds > 0, "--seconds", "must be above 0");
        require(tasks >= 0, "--tasks", "must be above 0");
        require(warmUpSeconds >= 0, "--warm-up-seconds", "must not be below 0");
        return new RoundOrder.Length(tasks, seconds, WARM_UP_TASKS, warmUpSeconds);
    }

    /// The folder for results; made where it is missing.
    Path output() {
        return output.folder();
    }

    Path dataFolder() {
        return dataFolder;
    }

    ParameterException problem(String option, String reason) {
        return output.problem(option, reason);
    }

    void require(boolean isFine, String option, String reason) {
        output.require(isFine, option, reason);
    }
}
