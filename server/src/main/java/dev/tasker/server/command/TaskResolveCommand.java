package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;

/// `tasker task resolve`
@Command(
        name = "resolve",
        description = "Declares failed tasks settled by other means. Their steps stay as they are.",
        footer = {"", "Example:", "  tasker task resolve 42 --reason \"refunded by hand\""})
final class TaskResolveCommand extends TaskActionCommand {
    TaskResolveCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Resolve();
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
