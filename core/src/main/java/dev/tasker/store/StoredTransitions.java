package dev.tasker.store;

import dev.tasker.db.generated.tables.records.ReadEventsRecord;
import dev.tasker.event.EventPosition;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.event.StoredTransition;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns rows of the audit trail, as `tasker.read_events` returns them, into transitions.
final class StoredTransitions {
    private StoredTransitions() {}

    static StoredTransition of(ReadEventsRecord row) {
        EventSubject subject = EventSubject.of(new TaskId(row.getTaskId()), template(row));
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>(StoredJson.object(row.getMetadata()));
        if (row.getWorkflowStepId() != null) {
            subject = subject.withStep(
                    new StepRef(new StepId(row.getWorkflowStepId()), String.valueOf(row.getStepName())),
                    attempt(row, metadata));
        }
        return new StoredTransition(
                new EventPosition(row.getTransactionId(), row.getTransitionId()),
                subject,
                row.getFromState(),
                row.getToState(),
                row.getCreatedAt(),
                metadata);
    }

    private static EventSubject.@Nullable Attempt attempt(
            ReadEventsRecord row, Map<String, @Nullable Object> metadata) {
        return row.getRetryLimit() == null || !(metadata.get("attempt") instanceof Number number)
                ? null
                : new EventSubject.Attempt(
                        number.intValue(),
                        row.getRetryLimit(),
                        row.getToState().equals("in_progress") ? row.getCreatedAt() : null);
    }

    private static @Nullable TemplateKey template(ReadEventsRecord row) {
        return row.getNamespace() == null
                ? null
                : new TemplateKey(
                        row.getNamespace(),
                        row.getTaskName(),
                        SemanticVersion.parse(row.getVersion()).orElseThrow());
    }
}
