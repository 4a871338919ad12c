package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.TaskSteps;
import dev.tasker.db.generated.tables.Tasks;
import dev.tasker.db.generated.tables.Transitions;
import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.result.Backoff;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.AnnotationSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Tasks with their steps and transitions. Safe from any thread.
public final class TaskStore {
    /// The most that one page lists.
    public static final int PAGE_ROWS_MAX = 1_000;

    /// How long a question may take about what is not known of claims that came with new tasks.
    private static final Duration CLAIMS_ANSWER_MAX = Duration.ofSeconds(20);

    private final Database database;
    private final ClaimedSteps claimedSteps;

    public TaskStore(Database database) {
        this(database, new ClaimedSteps(database, Backoff.DEFAULT));
    }

    public TaskStore(Database database, ClaimedSteps claimedSteps) {
        this.database = database;
        this.claimedSteps = claimedSteps;
    }

    /// What one call has stored.
    ///
    /// @param tasks   one for each task, in order
    /// @param claimed the first steps of those that have started
    /// @param left    where others have not: no step of them is before this place
    public record Stored(List<CreatedTask> tasks, List<ClaimedStep> claimed, Optional<FirstWaiting> left) {}

    /// Stores tasks with their steps, edges and annotations, all or none, in one statement.
    ///
    /// @param claims who stores them, and what steps he may claim with their creation
    /// @throws ConflictException TASK_DUPLICATE, where duplicates are refused: with the id of the task that has the
    ///     same identity. Nothing was stored
    public Stored create(List<NewTask> tasks, Duplicates duplicates, WaveRequest claims) {
        if (tasks.isEmpty()) {
            return new Stored(List.of(), List.of(), Optional.empty());
        }
        boolean skips = duplicates == Duplicates.SKIP;
        TaskBatch batch = new TaskBatch(tasks);
        if (!skips) {
            batch.checkDistinct();
        }
        String requests = batch.toJson();
        List<HandlerKey> keys = List.copyOf(claims.freeSlots().keySet());
        List<TaskBatch.Row> rows = database.onConnection(connection -> HotStatements.rows(
                connection,
                HotStatements.CREATE_TASKS,
                parameters -> parameters
                        .text(requests)
                        .flag(skips)
                        .text(claims.worker().value())
                        .text(HotStatements.interval(claims.lease()))
                        .column("text", keys, HandlerKey::toString)
                        .column("integer", keys, claims.freeSlots()::get)
                        .number(claims.claimLimit())
                        .places(claims),
                TaskBatch.Row::of));
        if (!skips) {
            batch.checkCreated(rows);
        }
        return new Stored(
                batch.created(rows),
                claimedSteps.read(TaskBatch.claims(rows), Map.of(), CLAIMS_ANSWER_MAX),
                TaskBatch.left(rows));
    }

    /// The time of the database.
    public Instant now() {
        return database.call(dsl -> dsl.select(Routines.now()).fetchSingle().value1());
    }

    /// The state of a task, archived or not.
    ///
    /// @throws NotFoundException TASK_NOT_FOUND
    public TaskState state(TaskId task) {
        return state(TaskTables.LIVE.tasks(), task)
                .or(() -> state(TaskTables.ARCHIVE.tasks(), task))
                .orElseThrow(() -> notFound(task));
    }

    private Optional<TaskState> state(Tasks tasks, TaskId task) {
        return database.call(dsl -> dsl.select(tasks.STATE)
                        .from(tasks)
                        .where(tasks.TASK_ID.eq(task.value()))
                        .fetchOptional(tasks.STATE))
                .map(TaskState::of);
    }

    /// The template of a task that is not archived.
    ///
    /// @throws NotFoundException TASK_NOT_FOUND
    public TemplateKey template(TaskId task) {
        return database.call(dsl -> dsl.select(TASK_NAMESPACES.NAME, NAMED_TASKS.NAME, NAMED_TASKS.VERSION)
                        .from(TASKS)
                        .join(NAMED_TASKS)
                        .on(NAMED_TASKS.NAMED_TASK_ID.eq(TASKS.NAMED_TASK_ID))
                        .join(TASK_NAMESPACES)
                        .on(TASK_NAMESPACES.TASK_NAMESPACE_ID.eq(NAMED_TASKS.TASK_NAMESPACE_ID))
                        .where(TASKS.TASK_ID.eq(task.value()))
                        .fetchOptional(row -> new TemplateKey(
                                row.value1(),
                                row.value2(),
                                SemanticVersion.parse(row.value3()).orElseThrow())))
                .orElseThrow(() -> notFound(task));
    }

    /// A task with all its parts, archived or not, read in one snapshot of the database.
    ///
    /// @throws NotFoundException TASK_NOT_FOUND
    public TaskSnapshot snapshot(TaskId task) {
        return database.call(dsl -> dsl.transactionResult(configuration -> {
            DSLContext transaction = DSL.using(configuration);
            transaction
                    .setLocal(DSL.name("transaction_isolation"), DSL.inline("repeatable read"))
                    .execute();
            return readSnapshot(transaction, task);
        }));
    }

    /// Tasks, newest first.
    ///
    /// @param state  only tasks in this state
    /// @param before only tasks with a lower id: the last id of the page before
    /// @param limit  1 to [#PAGE_ROWS_MAX]
    public List<Summary> list(Optional<TaskState> state, Optional<TaskId> before, int limit) {
        Condition condition = state.map(value -> TASKS.STATE.eq(value.key()))
                .orElse(DSL.noCondition())
                .and(before.map(id -> TASKS.TASK_ID.lt(id.value())).orElse(DSL.noCondition()));
        return database.call(dsl -> TaskSummaries.select(dsl, TaskTables.LIVE)
                .where(condition)
                .orderBy(TASKS.TASK_ID.desc())
                .limit(Math.clamp(limit, 1, PAGE_ROWS_MAX))
                .fetch(TaskSummaries::of));
    }

    /// Every ancestor of a step, by name.
    public Map<String, Ancestor> ancestors(StepId step) {
        Map<String, Ancestor> ancestors = new LinkedHashMap<>();
        database.call(dsl -> Tables.ANCESTOR_RESULTS(dsl.configuration(), step.value()))
                .forEach(row -> ancestors.put(
                        row.getName(),
                        new Ancestor(row.getName(), row.getState(), StoredJson.value(row.getResults()))));
        return ancestors;
    }

    private static TaskSnapshot readSnapshot(DSLContext dsl, TaskId task) {
        return readSnapshot(dsl, TaskTables.LIVE, task)
                .or(() -> readSnapshot(dsl, TaskTables.ARCHIVE, task))
                .orElseThrow(() -> notFound(task));
    }

    private static Optional<TaskSnapshot> readSnapshot(DSLContext dsl, TaskTables tables, TaskId task) {
        return TaskSummaries.select(dsl, tables)
                .where(tables.tasks().TASK_ID.eq(task.value()))
                .fetchOptional()
                .map(row -> new TaskSnapshot(
                        TaskSummaries.of(row),
                        TaskSummaries.details(row, annotations(dsl, tables, task)),
                        StoredJson.object(row.get(TASKS.CONTEXT)),
                        steps(dsl, tables.steps(), task),
                        transitions(dsl, tables.transitions(), task)));
    }

    private static List<StepSnapshot> steps(DSLContext dsl, TaskSteps steps, TaskId task) {
        return dsl.selectFrom(steps)
                .where(steps.TASK_ID.eq(task.value()))
                .orderBy(steps.WORKFLOW_STEP_ID)
                .fetch(step -> new StepSnapshot(
                        new StepId(step.getWorkflowStepId()),
                        step.getName(),
                        step.getHandlerKey(),
                        StepState.of(step.getState()),
                        step.getAttempts(),
                        step.getRetryLimit(),
                        Arrays.asList(step.getDependsOn()),
                        Optional.ofNullable(step.getNextRetryAt()),
                        Optional.ofNullable(step.getLastAttemptedAt()),
                        Optional.ofNullable(step.getEndedAt()),
                        StoredJson.value(step.getResults()),
                        StoredJson.value(step.getError())));
    }

    private static List<TransitionSnapshot> transitions(DSLContext dsl, Transitions transitions, TaskId task) {
        return dsl.selectFrom(transitions)
                .where(transitions.TASK_ID.eq(task.value()))
                .orderBy(transitions.TRANSITION_ID)
                .fetch(transition -> new TransitionSnapshot(
                        transition.getTransitionId(),
                        Optional.ofNullable(transition.getStepName()),
                        transition.getFromState(),
                        transition.getToState(),
                        transition.getCreatedAt(),
                        StoredJson.object(transition.getMetadata())));
    }

    private static List<AnnotationSnapshot> annotations(DSLContext dsl, TaskTables tables, TaskId task) {
        return AnnotationStore.list(dsl, tables.annotations(), task, 0, AnnotationStore.PAGE_ROWS_MAX).stream()
                .map(stored -> new AnnotationSnapshot(stored.id(), stored.annotation(), stored.at()))
                .toList();
    }

    static NotFoundException notFound(TaskId task) {
        return new NotFoundException(
                ErrorCode.TASK_NOT_FOUND,
                "there is no task " + task + " in this database; `tasker task list` shows what there is",
                Map.of("task_id", task.value()));
    }
}
