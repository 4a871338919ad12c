package dev.tasker.testing.database;

import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TRANSITIONS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.GetStepReadinessStatusBatch;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.conf.RenderQuotedNames;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

/// Reads what a test needs to see and no caller of the engine does: leases, claims and counters. Safe from
/// any thread.
public final class Inspection {
    private static final List<String> UNFINISHED = List.of(
            TaskState.DRAFT.key(), TaskState.PENDING.key(), TaskState.IN_PROGRESS.key(), TaskState.PAUSED.key());

    private final DSLContext dsl;

    public Inspection(DataSource source) {
        this.dsl = DSL.using(
                source,
                SQLDialect.POSTGRES,
                new Settings().withRenderQuotedNames(RenderQuotedNames.NEVER).withExecuteLogging(false));
    }

    /// The steps of these tasks, in the order of their ids.
    public List<StepFacts> steps(Collection<TaskId> tasks) {
        Long[] ids = tasks.stream().map(TaskId::value).toArray(Long[]::new);
        GetStepReadinessStatusBatch derived = Tables.GET_STEP_READINESS_STATUS_BATCH(ids);
        return dsl.select(WORKFLOW_STEPS.fields())
                .select(TASKS.STATE, TASKS.FAILURE_POLICY)
                .select(
                        derived.CURRENT_STATE,
                        derived.TOTAL_PARENTS,
                        derived.COMPLETED_PARENTS,
                        derived.RETRY_ELIGIBLE,
                        derived.READY_FOR_EXECUTION)
                .from(derived)
                .join(WORKFLOW_STEPS)
                .on(WORKFLOW_STEPS.WORKFLOW_STEP_ID.eq(derived.WORKFLOW_STEP_ID))
                .join(TASKS)
                .on(TASKS.TASK_ID.eq(WORKFLOW_STEPS.TASK_ID))
                .orderBy(WORKFLOW_STEPS.WORKFLOW_STEP_ID)
                .fetch(row -> facts(row, derived));
    }

    /// The audit trail of these tasks, in the order of events.
    public List<Move> trail(Collection<TaskId> tasks) {
        return dsl.selectFrom(TRANSITIONS)
                .where(TRANSITIONS.TASK_ID.in(tasks.stream().map(TaskId::value).toList()))
                .orderBy(TRANSITIONS.TRANSITION_ID)
                .fetch(row -> new Move(
                        row.getTransitionId(),
                        new TaskId(row.getTaskId()),
                        Optional.ofNullable(row.getWorkflowStepId()).map(StepId::new),
                        row.getFromState(),
                        row.getToState()));
    }

    /// Whether a task is left that has not ended.
    public boolean hasUnfinishedTasks() {
        return dsl.fetchExists(TASKS, TASKS.STATE.in(UNFINISHED));
    }

    /// Rows that break a rule which every routine keeps, in words; of ended tasks, too.
    public List<String> unsoundRows() {
        return dsl.selectFrom(Tables.UNSOUND_ROWS(false))
                .fetch(row -> row.getTableName() + " " + row.getRowId() + ": " + row.getRule());
    }

    /// One change of state; `step` is empty for the task's own.
    public record Move(long id, TaskId task, Optional<StepId> step, String from, String to) {}

    private static StepFacts facts(Record row, GetStepReadinessStatusBatch derived) {
        return new StepFacts(
                new TaskId(row.get(WORKFLOW_STEPS.TASK_ID)),
                TaskState.of(row.get(TASKS.STATE)),
                row.get(TASKS.FAILURE_POLICY).equals("fail_fast"),
                new StepId(row.get(WORKFLOW_STEPS.WORKFLOW_STEP_ID)),
                row.get(WORKFLOW_STEPS.NAME),
                row.get(WORKFLOW_STEPS.HANDLER_KEY),
                StepState.of(row.get(WORKFLOW_STEPS.STATE)),
                row.get(WORKFLOW_STEPS.CLAIMABLE),
                row.get(WORKFLOW_STEPS.UNMET_DEPENDENCIES),
                row.get(WORKFLOW_STEPS.DUE_AT),
                row.get(WORKFLOW_STEPS.ATTEMPTS),
                row.get(WORKFLOW_STEPS.RETRY_LIMIT),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.CLAIM_ID)).map(ClaimId::new),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.LEASE_EXPIRES_AT)),
                Optional.ofNullable(row.get(WORKFLOW_STEPS.RESULTS))
                        .map(Object::toString)
                        .orElse(null),
                new StepFacts.Derived(
                        StepState.of(row.get(derived.CURRENT_STATE)),
                        row.get(derived.TOTAL_PARENTS),
                        row.get(derived.COMPLETED_PARENTS),
                        row.get(derived.RETRY_ELIGIBLE),
                        row.get(derived.READY_FOR_EXECUTION)));
    }
}
