package dev.tasker.server.command;

import dev.tasker.server.diagnosis.WarmUp;
import dev.tasker.server.output.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `tasker train`, which the launcher calls.
@Command(
        name = "train",
        hidden = true,
        description = "Makes the JVM's start-up cache. The launcher calls it by itself after the first run.",
        footer = {"", "Example:", "  tasker train"})
final class TrainCommand implements Callable<Integer> {
    TrainCommand() {}

    @Override
    public Integer call() {
        WarmUp.run();
        return ExitCode.OK.number();
    }
}
