package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker config`
@Command(
        name = "config",
        description = "Shows and checks the configuration.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker config show --config tasker.yaml"})
final class ConfigCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    ConfigCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
