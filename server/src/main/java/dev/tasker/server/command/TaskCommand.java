package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker task`
@Command(
        name = "task",
        description = "Creates, lists and shows tasks, and acts on them.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker task list --state error"})
final class TaskCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    TaskCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
