package dev.tasker.server.command;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tasker handler`
@Command(
        name = "handler",
        description = "Lists handlers, and runs one alone.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  tasker handler test shop/handlers/charge.py --input order.json"})
final class HandlerCommand implements Callable<Integer> {
    private final RootCommand root;

    @Spec
    private @Nullable CommandSpec spec;

    HandlerCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, root.streams());
    }
}
