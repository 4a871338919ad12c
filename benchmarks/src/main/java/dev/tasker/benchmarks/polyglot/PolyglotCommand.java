package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.command.OutputOption;
import dev.tasker.benchmarks.command.Progress;
import dev.tasker.benchmarks.postgres.UnsuitableFolderException;
import dev.tasker.benchmarks.process.GuestCompiler;
import dev.tasker.benchmarks.report.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `benchmarks/polyglot`
@Command(
        name = "benchmarks/polyglot",
        description = {
            "Measures handlers in JavaScript, Ruby and Python: calls, a pipe to other runtimes for comparison, start-up,"
                    + " memory, and steps through the engine.",
            "Prints a table, and writes polyglot.json and plots.",
            "Exit codes: 0 all targets are reached, 1 one is missed, 2 bad input or too little room."
        },
        footer = {
            "",
            "Examples:",
            "  benchmarks/polyglot",
            "  benchmarks/polyglot --only calls,pipe --rounds 1",
            "  benchmarks/polyglot --only throughput --warm-up-seconds 20 --seconds 5 --rounds 1"
        })
public final class PolyglotCommand implements Callable<Integer> {
    private static final int WIDTH = 110;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "calls, pipe, startup, memory, throughput (default: all).")
    private List<String> only = Part.keys();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--call-warm-up-seconds",
            paramLabel = "N",
            description = "How long calls run before they are measured; interpreted ones a quarter of it (default:"
                    + " ${DEFAULT-VALUE}).")
    private double callWarmUpSeconds = 20;

    @Option(
            names = "--warm-up-seconds",
            paramLabel = "N",
            description = "How long an engine runs before it is measured (default: ${DEFAULT-VALUE}).")
    private double engineWarmUpSeconds = 100;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long an engine is measured (default: ${DEFAULT-VALUE}).")
    private double engineSeconds = 10;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where PostgreSQL keeps its data, on a disk (default: ${DEFAULT-VALUE}).")
    private Path dataFolder = Path.of("/var/tmp");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /// Runs it and ends the process with its exit code.
    public static void main(String[] arguments) {
        System.exit(command().execute(arguments));
    }

    static CommandLine command() {
        return new CommandLine(new PolyglotCommand())
                .setUsageHelpWidth(WIDTH)
                .setExecutionExceptionHandler(PolyglotCommand::failure);
    }

    @Override
    public Integer call() throws InterruptedException {
        PolyglotOrder order = order();
        Path folder = output.folder();
        PolyglotReport report = PolyglotBenchmark.run(order, Progress::say);
        JsonFile.write(folder.resolve("polyglot.json"), report);
        PolyglotPlots.write(report, folder);
        System.out.print(PolyglotTable.of(report));
        Progress.say("written to " + folder);
        return report.holds() ? 0 : 1;
    }

    private PolyglotOrder order() {
        Set<Part> parts = only.stream().map(this::part).collect(Collectors.toSet());
        output.require(rounds > 0, "--rounds", "must be above 0");
        output.require(callWarmUpSeconds >= 0, "--call-warm-up-seconds", "must not be below 0");
        output.require(engineWarmUpSeconds >= 0, "--warm-up-seconds", "must not be below 0");
        output.require(engineSeconds > 0, "--seconds", "must be above 0");
        output.require(Files.isWritable(dataFolder), "--data-dir", dataFolder + " cannot be written to");
        output.require(
                GuestCompiler.isBuilt(), "--only", "the compiler of guest code is not built; run bin/tasker --version");
        return new PolyglotOrder(
                parts, rounds, callWarmUpSeconds, engineWarmUpSeconds, engineSeconds, dataFolder.toAbsolutePath());
    }

    private Part part(String key) {
        return Part.named(key)
                .orElseThrow(() -> output.problem(
                        "--only", "there is no part `" + key + "`; there are " + String.join(", ", Part.keys())));
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
