package dev.tasker.server.command;

import dev.tasker.operation.StepAction;
import picocli.CommandLine.Command;

/// `tasker step cancel`
@Command(
        name = "cancel",
        description = {
            "Gives a step up. A running handler is interrupted where its language allows it. Its children never run,",
            "and its task will fail."
        },
        footer = {"", "Example:", "  tasker step cancel 42:import --reason \"wrong file\""})
final class StepCancelCommand extends StepActionCommand {
    StepCancelCommand(RootCommand root) {
        super(root);
    }

    @Override
    StepAction action() {
        return new StepAction.Cancel();
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
