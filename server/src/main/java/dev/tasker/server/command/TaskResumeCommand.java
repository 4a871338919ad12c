package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;

/// `tasker task resume`
@Command(
        name = "resume",
        description = "Lets paused tasks go on.",
        footer = {"", "Example:", "  tasker task resume 42"})
final class TaskResumeCommand extends TaskActionCommand {
    TaskResumeCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Resume();
    }

    @Override
    boolean needsReason() {
        return false;
    }
}
