package dev.tasker.server.command;

import dev.tasker.identity.TaskId;
import dev.tasker.operation.BulkResult;
import dev.tasker.operation.Change;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.TaskAction;
import dev.tasker.query.TaskQuery;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.OperationDocument;
import dev.tasker.server.output.OperationReport;
import dev.tasker.store.Database;
import dev.tasker.store.OperationStore;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// An operator's action on tasks: by their ids, or by a filter.
abstract class TaskActionCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "ID", arity = "0..*", description = "Ids of tasks; or give a filter, or --all.")
    private List<Long> ids = List.of();

    @Mixin
    private BulkFilterOptions filter = new BulkFilterOptions();

    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    @Option(names = "--dry-run", description = "Only count the tasks that a filter matches (default: act).")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask before a filter changes more than one task.")
    private boolean yes;

    TaskActionCommand(RootCommand root) {
        this.root = root;
    }

    abstract TaskAction action();

    /// Whether work is given up by it.
    abstract boolean needsReason();

    @Override
    public Integer call() {
        List<TaskId> tasks = ids.stream().map(TaskIdText::of).toList();
        if (tasks.isEmpty() == !filter.isGiven()) {
            throw OptionProblem.of("ID", "give either ids of tasks, or a filter, or --all");
        }
        if (dryRun && !tasks.isEmpty()) {
            throw OptionProblem.of("--dry-run", "counts what a filter matches; here ids are given");
        }
        Operator who = operator.operator(needsReason() && !dryRun);
        try (OpenDatabase database = root.database().open()) {
            Operations operations = operations(database);
            if (!tasks.isEmpty()) {
                return tasks.size() == 1 ? one(operations, tasks.getFirst(), who) : several(operations, tasks, who);
            }
            return filtered(operations, filter.query(), who);
        }
    }

    static Operations operations(OpenDatabase database) {
        return new Operations(
                new OperationStore(new Database(database.dataSource())),
                _ -> {},
                TaskerConfig.defaults().resultBytesMax());
    }

    private int one(Operations operations, TaskId task, Operator who) {
        List<Change> changes = operations.perform(action(), task, who);
        return root.isJson()
                ? root.printJson(OperationDocument.one(action(), changes))
                : root.printText(OperationReport.changes(changes));
    }

    private int several(Operations operations, List<TaskId> tasks, Operator who) {
        return print(operations.bulk().perform(action(), tasks, who, _ -> {}));
    }

    private int filtered(Operations operations, TaskQuery query, Operator who) {
        long matched = operations.bulk().count(action(), query);
        if (dryRun) {
            return root.isJson()
                    ? root.printJson(OperationDocument.dryRun(action(), matched))
                    : root.printText(OperationReport.dryRun(action(), matched));
        }
        if (matched > 1 && !yes) {
            Confirmation.ask(root, action().key() + " " + OperationReport.tasks(matched));
        }
        return print(operations.bulk().perform(action(), query, who, this::progress));
    }

    private void progress(BulkResult soFar) {
        if (!root.isJson() && soFar.matched() > 0) {
            root.streams().err().println(OperationReport.tasks(soFar.matched()) + " so far");
        }
    }

    private int print(BulkResult result) {
        if (root.isJson()) {
            root.printJson(OperationDocument.bulk(action(), result));
        } else {
            root.printText(OperationReport.bulk(result));
        }
        return OperationReport.exitCode(result).number();
    }
}
