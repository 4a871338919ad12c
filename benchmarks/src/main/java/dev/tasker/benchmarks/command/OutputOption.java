package dev.tasker.benchmarks.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where results go, and complaints about options.
public final class OutputOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Where results are written (default: benchmarks/results).")
    private Path output = Path.of(System.getProperty("tasker.home", "."), "benchmarks", "results");

    /// The folder for results; made where it is missing.
    public Path folder() {
        try {
            return Files.createDirectories(output);
        } catch (IOException e) {
            throw problem("--output", output + " cannot be made: " + e);
        }
    }

    /// A complaint about an option.
    public ParameterException problem(String option, String reason) {
        return new ParameterException(spec.commandLine(), option + ": " + reason);
    }

    /// Complains unless the option is fine.
    public void require(boolean isFine, String option, String reason) {
        if (!isFine) {
            throw problem(option, reason);
        }
    }
}
