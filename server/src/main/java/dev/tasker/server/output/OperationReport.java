package dev.tasker.server.output;

import dev.tasker.error.ErrorCode;
import dev.tasker.operation.BulkResult;
import dev.tasker.operation.Change;
import dev.tasker.operation.TaskAction;
import java.util.List;
import java.util.Locale;

/// What came of an operator's action, for people.
public final class OperationReport {
    /// The rest is told with `-o json`.
    private static final int REFUSALS_MAX = 20;

    private OperationReport() {}

    /// One line per change.
    public static String changes(List<Change> changes) {
        StringBuilder text = new StringBuilder();
        changes.forEach(change -> text.append("task ")
                .append(change.task())
                .append(change.step().map(step -> ", step " + step.name()).orElse(""))
                .append(": ")
                .append(change.from())
                .append(" -> ")
                .append(change.to())
                .append('\n'));
        return text.toString();
    }

    /// Counts, and why tasks were refused.
    public static String bulk(BulkResult result) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %,d changed, %,d already so, %,d refused%n",
                tasks(result.matched()),
                result.changed(),
                result.already(),
                result.refused()));
        result.refusals().stream()
                .limit(REFUSALS_MAX)
                .forEach(refusal -> text.append("  ").append(refusal.reason()).append('\n'));
        if (result.refused() > REFUSALS_MAX) {
            text.append("  and ").append(result.refused() - REFUSALS_MAX).append(" more\n");
        }
        return text.toString();
    }

    public static String dryRun(TaskAction action, long matched) {
        return action.key() + " would be tried on " + tasks(matched) + "; nothing was changed\n";
    }

    public static String tasks(long count) {
        return count == 1 ? "1 task" : String.format(Locale.ROOT, "%,d tasks", count);
    }

    /// Conflict where a task was refused; not found where all that were do not exist.
    public static ExitCode exitCode(BulkResult result) {
        if (result.refused() == 0) {
            return ExitCode.OK;
        }
        return result.refusals().stream().allMatch(refusal -> refusal.code() == ErrorCode.TASK_NOT_FOUND)
                ? ExitCode.of(ErrorCode.TASK_NOT_FOUND.kind())
                : ExitCode.of(ErrorCode.TASK_STATE_CONFLICT.kind());
    }
}
