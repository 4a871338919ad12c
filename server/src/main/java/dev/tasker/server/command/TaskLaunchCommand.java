package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;

/// `tasker task launch`
@Command(
        name = "launch",
        description = "Lets drafts run.",
        footer = {"", "Example:", "  tasker task launch 42"})
final class TaskLaunchCommand extends TaskActionCommand {
    TaskLaunchCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Launch();
    }

    @Override
    boolean needsReason() {
        return false;
    }
}
