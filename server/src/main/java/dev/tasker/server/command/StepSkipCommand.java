package dev.tasker.server.command;

import dev.tasker.operation.StepAction;
import picocli.CommandLine.Command;

/// `tasker step skip`
@Command(
        name = "skip",
        description = "Leaves a step out, skippable or not. Its children may run.",
        footer = {"", "Example:", "  tasker step skip 42:send_mail --reason \"no mail today\""})
final class StepSkipCommand extends StepActionCommand {
    StepSkipCommand(RootCommand root) {
        super(root);
    }

    @Override
    StepAction action() {
        return new StepAction.Skip();
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
