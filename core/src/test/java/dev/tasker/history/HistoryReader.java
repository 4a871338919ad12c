package dev.tasker.history;

import static dev.tasker.db.generated.Tables.TASKS;
import static dev.tasker.db.generated.Tables.TASK_TRANSITIONS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEP_EDGES;
import static dev.tasker.db.generated.Tables.WORKFLOW_STEP_TRANSITIONS;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import dev.tasker.db.generated.tables.records.WorkflowStepEdgesRecord;
import dev.tasker.history.History.Move;
import dev.tasker.history.History.StepRow;
import dev.tasker.history.History.TaskRow;
import dev.tasker.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// Reads the history of all tasks of a database.
public final class HistoryReader {
    private HistoryReader() {}

    /// To be called when nothing moves any more: the tables are read one after another.
    public static History read(DataSource source) {
        DSLContext dsl = DSL.using(source, SQLDialect.POSTGRES);
        List<Move> moves = new ArrayList<>(taskMoves(dsl));
        moves.addAll(stepMoves(dsl));
        return new History(
                dsl.selectFrom(TASKS).fetch(row -> new TaskRow(row.getTaskId(), row.getState())), steps(dsl), moves);
    }

    private static List<StepRow> steps(DSLContext dsl) {
        Map<Long, Set<Long>> parents = dsl.selectFrom(WORKFLOW_STEP_EDGES).stream()
                .collect(groupingBy(
                        WorkflowStepEdgesRecord::getToStepId,
                        mapping(WorkflowStepEdgesRecord::getFromStepId, toSet())));
        return dsl.selectFrom(WORKFLOW_STEPS)
                .fetch(row -> new StepRow(
                        row.getWorkflowStepId(),
                        row.getTaskId(),
                        row.getName(),
                        row.getState(),
                        row.getAttempts(),
                        Optional.ofNullable(row.getClaimId()),
                        parents.getOrDefault(row.getWorkflowStepId(), Set.of())));
    }

    private static List<Move> taskMoves(DSLContext dsl) {
        return dsl.selectFrom(TASK_TRANSITIONS)
                .fetch(row -> new Move(
                        row.getTaskTransitionId(),
                        row.getTaskId(),
                        Optional.empty(),
                        row.getFromState(),
                        row.getToState(),
                        Optional.empty(),
                        0,
                        ""));
    }

    private static List<Move> stepMoves(DSLContext dsl) {
        return dsl.selectFrom(WORKFLOW_STEP_TRANSITIONS)
                .fetch(row -> new Move(
                        row.getWorkflowStepTransitionId(),
                        row.getTaskId(),
                        Optional.of(row.getWorkflowStepId()),
                        row.getFromState(),
                        row.getToState(),
                        number(row.getMetadata(), "claim_id"),
                        number(row.getMetadata(), "attempt").orElse(0L).intValue(),
                        String.valueOf(((Map<?, ?>) Json.read(row.getMetadata().data())).get("reason"))));
    }

    private static Optional<Long> number(JSONB metadata, String key) {
        return ((Map<?, ?>) Json.read(metadata.data())).get(key) instanceof Number number
                ? Optional.of(number.longValue())
                : Optional.empty();
    }
}
