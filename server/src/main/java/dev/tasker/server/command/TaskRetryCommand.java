package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker task retry`
@Command(
        name = "retry",
        description = {
            "Tries the steps again that have made tasks fail. Each gets one more attempt, or all of them again with",
            "--reset-attempts."
        },
        footer = {"", "Example:", "  tasker task retry --state error --namespace shop --reason \"gateway is back\""})
final class TaskRetryCommand extends TaskActionCommand {
    @Option(
            names = "--reset-attempts",
            description = "Count the attempts of these steps anew (default: go on counting).")
    private boolean resetAttempts;

    TaskRetryCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Retry(resetAttempts);
    }

    @Override
    boolean needsReason() {
        return false;
    }
}
