package dev.tasker.server.command;

import dev.tasker.operation.TaskAction;
import picocli.CommandLine.Command;

/// `tasker task cancel`
@Command(
        name = "cancel",
        description = {
            "Ends tasks with their unfinished steps. Running handlers are interrupted where their language allows it,",
            "and what they still return is refused. Complete and resolved tasks are cancelled only by id or by --state."
        },
        footer = {
            "",
            "Example:",
            "  tasker task cancel --name order --state pending --reason \"wrong prices\" --dry-run"
        })
final class TaskCancelCommand extends TaskActionCommand {
    TaskCancelCommand(RootCommand root) {
        super(root);
    }

    @Override
    TaskAction action() {
        return new TaskAction.Cancel();
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
