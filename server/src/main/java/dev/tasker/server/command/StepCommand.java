package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker step`
@Command(
        name = "step",
        description = "Explains and changes single steps of tasks.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker step why 42:charge_card"})
final class StepCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    StepCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
