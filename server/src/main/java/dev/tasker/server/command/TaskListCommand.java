package dev.tasker.server.command;

import dev.tasker.query.Cursor;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TaskDocument;
import dev.tasker.query.Tier;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TaskReport;
import dev.tasker.store.Database;
import dev.tasker.store.Queries;
import dev.tasker.task.TaskSnapshot.Summary;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tasker task list`
@Command(
        name = "list",
        description = "Lists tasks, newest first.",
        footer = {
            "",
            "Example:",
            "  tasker task list --state error --failed-since 2h --limit 20",
            "  tasker task list --tier complete --initiator alice"
        })
final class TaskListCommand implements Callable<Integer> {
    private final RootCommand root;

    @Mixin
    private final TaskFilterOptions filter = new TaskFilterOptions();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "How many, 1 to " + PageRequest.SIZE_MAX + " (default: ${DEFAULT-VALUE}).")
    private int limit = 50;

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            description = {
                "How far to look: active (not ended), recent (and ended within --days), live (all that are not archived),"
                        + " archived, complete (everything). Default: ${DEFAULT-VALUE}."
            })
    private TierName tier = TierName.LIVE;

    @Option(names = "--days", paramLabel = "N", description = "How far back recent reaches (default: 30).")
    private @Nullable Integer days;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "The page after that of this cursor.")
    private @Nullable String cursor;

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
        if (limit < 1 || limit > PageRequest.SIZE_MAX) {
            throw OptionProblem.of("--limit", "must be 1 to " + PageRequest.SIZE_MAX + ", not " + limit);
        }
        if (cursor != null && before != null) {
            throw OptionProblem.of("--before", "and --cursor both say where the page begins; give one of them");
        }
        Tier asked = tier.tier(Optional.ofNullable(days));
        PageRequest page = new PageRequest(limit, start());
        try (OpenDatabase database = root.database().open()) {
            Page<Summary> tasks = new Queries(new Database(database.dataSource())).tasks(asked, filter.query(), page);
            return root.isJson() ? root.printJson(json(tasks)) : root.printText(text(tasks));
        }
    }

    private Optional<Cursor> start() {
        return Optional.ofNullable(cursor)
                .map(text -> Cursor.parse(Cursor.Kind.TASKS, text))
                .or(() -> Optional.ofNullable(before)
                        .map(id ->
                                new Cursor(Cursor.Kind.TASKS, TaskIdText.of(id).value())));
    }

    private static Map<String, @Nullable Object> json(Page<Summary> tasks) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("tasks", tasks.rows().stream().map(TaskDocument::summary).toList());
        json.put("next_cursor", tasks.next().map(Cursor::toString).orElse(null));
        return json;
    }

    private static String text(Page<Summary> tasks) {
        if (tasks.rows().isEmpty()) {
            return "no tasks\n";
        }
        String list = new TaskReport(ZoneId.systemDefault()).list(tasks.rows());
        return list
                + tasks.next()
                        .map(next -> "more: --before " + next.lastId() + "\n")
                        .orElse("");
    }
}
