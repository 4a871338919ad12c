package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;

/// `tasker task pause`
@Command(
        name = "pause",
        description =
                "Holds tasks: nothing more of them is started. Running steps go on, and their outcomes are recorded.",
        footer = {"", "Example:", "  tasker task pause --name order --yes"})
final class TaskPauseCommand extends TaskActionCommand {
    TaskPauseCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Pause();
    }

    @Override
    boolean needsReason() {
        return false;
    }
}
