package dev.tasker.benchmarks.command;

import dev.tasker.benchmarks.jmh.BackoffBenchmark;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `benchmarks/run jmh`
@Command(
        name = "jmh",
        description = {
            "Measures the parts of Tasker that need no database, with JMH.",
            "Prints JMH's table, and writes jmh.json."
        })
public final class JmhCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "PATTERN",
            arity = "0..*",
            description = "Regular expressions of benchmarks, for example Backoff (default: all).")
    private List<String> patterns = List.of();

    @Option(
            names = "--forks",
            paramLabel = "N",
            description = "Java processes per benchmark (default: ${DEFAULT-VALUE}).")
    private int forks = 2;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            description = "Iterations of one second, and as many as warm-up (default: ${DEFAULT-VALUE}).")
    private int iterations = 5;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Override
    public Integer call() throws RunnerException {
        output.require(forks > 0, "--forks", "must be above 0");
        output.require(iterations > 0, "--iterations", "must be above 0");
        Path file = output.folder().resolve("jmh.json");
        ChainedOptionsBuilder options = new OptionsBuilder()
                .forks(forks)
                .warmupIterations(iterations)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.seconds(1))
                .resultFormat(ResultFormatType.JSON)
                .result(file.toString());
        String all = BackoffBenchmark.class.getPackageName().replace(".", "\\.") + "\\..*";
        (patterns.isEmpty() ? List.of(all) : patterns).forEach(options::include);
        new Runner(options.build()).run();
        return CommandLine.ExitCode.OK;
    }
}
