package dev.tasker.server.command;

import dev.tasker.operation.StepAction;
import picocli.CommandLine.Command;

/// `tasker step resolve`
@Command(
        name = "resolve",
        description = "Declares a step done by other means, without a result. Its children may run.",
        footer = {"", "Example:", "  tasker step resolve 42:send_mail --reason \"sent by hand\""})
final class StepResolveCommand extends StepActionCommand {
    StepResolveCommand(RootCommand root) {
        super(root);
    }

    @Override
    StepAction action() {
        return new StepAction.Resolve();
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
