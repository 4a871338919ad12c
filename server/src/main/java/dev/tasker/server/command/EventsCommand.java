package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker events`
@Command(
        name = "events",
        description = "Shows what events there are. Needs no database.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker events show step.failed"})
final class EventsCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    EventsCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
