package dev.tasker.server.command;

import dev.tasker.identity.TaskId;
import dev.tasker.query.TaskDocument;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TaskReport;
import dev.tasker.store.Database;
import dev.tasker.store.Queries;
import dev.tasker.store.TaskStore;
import dev.tasker.task.TaskSnapshot;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tasker task show`
@Command(
        name = "show",
        description = "Shows a task: where it stands, its steps, their results and errors, and every transition.",
        footer = {"", "Example:", "  tasker task show 42 -o json"})
final class TaskShowCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "ID", description = "The task's id.")
    private long id;

    TaskShowCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        TaskId taskId = TaskIdText.of(id);
        try (OpenDatabase database = root.database().open()) {
            Database connected = new Database(database.dataSource());
            TaskSnapshot task = new TaskStore(connected).snapshot(taskId);
            WorkflowSummary summary =
                    new Queries(connected).workflowSummary(taskId).orElseThrow();
            return root.isJson()
                    ? root.printJson(TaskDocument.of(task, summary))
                    : root.printText(new TaskReport(ZoneId.systemDefault()).full(task, summary.context()));
        }
    }
}
