package dev.tasker.store;

import dev.tasker.db.generated.tables.records.ExpireLeasesRecord;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredLeases.ExpiredStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns the rows of `tasker.expire_leases` into typed values.
final class ExpiredRows {
    private ExpiredRows() {}

    static ExpiredLeases read(List<ExpireLeasesRecord> rows) {
        List<ExpiredStep> steps = new ArrayList<>();
        List<TaskVerdict> verdicts = new ArrayList<>();
        for (ExpireLeasesRecord row : rows) {
            TaskId task = new TaskId(row.getTaskId());
            Map<String, @Nullable Object> payload = StoredJson.object(row.getPayload());
            if (row.getWorkflowStepId() == null) {
                verdicts.add(WaveRows.taskVerdict(task, payload));
            } else {
                steps.add(step(row, EventSubject.of(task, template(payload)), payload));
            }
        }
        return new ExpiredLeases(steps, verdicts);
    }

    private static ExpiredStep step(ExpireLeasesRecord row, EventSubject task, Map<String, @Nullable Object> payload) {
        EventSubject.Attempt attempt = new EventSubject.Attempt(
                (int) StoredJson.number(payload, "attempts"),
                (int) StoredJson.number(payload, "retry_limit"),
                StoredJson.time(payload, "claimed_at").orElse(null));
        return new ExpiredStep(
                task.withStep(
                        new StepRef(new StepId(row.getWorkflowStepId()), StoredJson.text(payload, "name")), attempt),
                new ClaimId(row.getClaimId()),
                StoredJson.text(payload, "worker"),
                Boolean.TRUE.equals(payload.get("runs_again")),
                StoredJson.time(payload, "at").orElseThrow());
    }

    private static TemplateKey template(Map<String, @Nullable Object> payload) {
        return new TemplateKey(
                StoredJson.text(payload, "namespace"),
                StoredJson.text(payload, "task_name"),
                SemanticVersion.parse(StoredJson.text(payload, "version")).orElseThrow());
    }
}
