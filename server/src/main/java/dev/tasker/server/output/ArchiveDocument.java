package dev.tasker.server.output;

import dev.tasker.archive.ArchiveOutlook;
import dev.tasker.archive.ArchivePlan;
import dev.tasker.archive.ArchiveResult;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Archiving as JSON objects. Fields are only ever added.
public final class ArchiveDocument {
    private static final double MILLIS_PER_SECOND = 1_000;

    private ArchiveDocument() {}

    /// What a run would find.
    public static Map<String, @Nullable Object> dryRun(ArchivePlan plan, ArchiveOutlook outlook) {
        Map<String, @Nullable Object> json = start(plan, true);
        json.put("tasks", outlook.tasks(plan.includeErrors()));
        json.put("complete_tasks", outlook.completeTasks());
        json.put("cancelled_tasks", outlook.cancelledTasks());
        json.put("resolved_tasks", outlook.resolvedTasks());
        json.put("error_tasks", outlook.errorTasks());
        json.put("oldest_ended_at", outlook.oldestEnd().map(Instant::toString).orElse(null));
        json.put("newest_ended_at", outlook.newestEnd().map(Instant::toString).orElse(null));
        json.put("hook_due_tasks", outlook.hookDueTasks());
        json.put("late_subscribers", outlook.lateSubscribers());
        json.put("estimated_bytes", outlook.bytes(plan.includeErrors()));
        return json;
    }

    /// What a run has done.
    public static Map<String, @Nullable Object> of(ArchivePlan plan, ArchiveResult result) {
        Map<String, @Nullable Object> json = start(plan, false);
        json.put("tasks", result.moved().tasks());
        json.put("steps", result.moved().steps());
        json.put("edges", result.moved().edges());
        json.put("transitions", result.moved().transitions());
        json.put("annotations", result.moved().annotations());
        json.put("left_tasks", result.left());
        json.put("batches", result.batches());
        json.put("working_seconds", result.working().toMillis() / MILLIS_PER_SECOND);
        json.put("dropped_partitions", result.droppedPartitions());
        return json;
    }

    private static Map<String, @Nullable Object> start(ArchivePlan plan, boolean dryRun) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("dry_run", dryRun);
        json.put("before", plan.before().toString());
        json.put("include_errors", plan.includeErrors());
        return json;
    }
}
