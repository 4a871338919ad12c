package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker template`
@Command(
        name = "template",
        description = "Registers, checks and shows templates.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker template validate shop/templates/order.yaml"})
final class TemplateCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    TemplateCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
