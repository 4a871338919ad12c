package dev.tasker.server.command;

import dev.tasker.operation.StepAction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker step retry`
@Command(
        name = "retry",
        description = {
            "Runs a failed step again at once, also one that has no attempt left or waits for its next one.",
            "A failed task goes on as soon as nothing blocks it any more."
        },
        footer = {"", "Example:", "  tasker step retry 42:charge_card"})
final class StepRetryCommand extends StepActionCommand {
    @Option(names = "--reset-attempts", description = "Count the attempts anew (default: go on counting).")
    private boolean resetAttempts;

    StepRetryCommand(RootCommand root) {
        super(root);
    }

    @Override
    StepAction action() {
        return new StepAction.Retry(resetAttempts);
    }

    @Override
    boolean needsReason() {
        return false;
    }
}
