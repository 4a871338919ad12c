package dev.tasker.server.command;

import dev.tasker.identity.TaskId;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TaskDocument;
import dev.tasker.server.output.TaskReport;
import dev.tasker.store.Database;
import dev.tasker.store.TaskStore;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.transition.TaskState;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker task list`
@Command(
        name = "list",
        description = "Lists tasks, newest first.",
        footer = {"", "Example:", "  tasker task list --state error --limit 20"})
final class TaskListCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Only tasks in this state: ${COMPLETION-CANDIDATES} (default: all).")
    private @Nullable TaskState state;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many, 1 to " + TaskStore.PAGE_ROWS_MAX + " (default: ${DEFAULT-VALUE}).")
    private int limit = 50;

    @Option(
            names = "--before",
            paramLabel = "ID",
            description = "Only tasks with a lower id: the last one of the page before.")
    private @Nullable Long before;

    TaskListCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (limit < 1 || limit > TaskStore.PAGE_ROWS_MAX) {
            throw OptionProblem.of("--limit", "must be 1 to " + TaskStore.PAGE_ROWS_MAX + ", not " + limit);
        }
        try (OpenDatabase database = root.database().open()) {
            List<Summary> tasks = new TaskStore(new Database(database.dataSource()))
                    .list(
                            Optional.ofNullable(state),
                            Optional.ofNullable(before).map(TaskIdText::of),
                            limit);
            return root.isJson()
                    ? root.printJson(Map.of(
                            "tasks", tasks.stream().map(TaskDocument::summary).toList()))
                    : root.printText(text(tasks));
        }
    }

    private String text(List<Summary> tasks) {
        if (tasks.isEmpty()) {
            return "no tasks\n";
        }
        String list = new TaskReport(ZoneId.systemDefault()).list(tasks);
        TaskId last = tasks.getLast().id();
        return tasks.size() < limit ? list : list + "more: --before " + last + "\n";
    }
}
