package dev.tasker.store;

import dev.tasker.db.generated.Tables;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.query.Cursor;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.TransitionQuery;
import dev.tasker.query.TransitionQuery.Subject;
import dev.tasker.query.TransitionStatistics;
import dev.tasker.query.TransitionSummary;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Finds transitions of tasks and steps. Each call is one statement, backed by an index. Safe from any thread.
public final class TransitionQueryStore {
    private final Database database;

    public TransitionQueryStore(Database database) {
        this.database = database;
    }

    /// One page, newest first.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID
    public Page<TransitionSummary> page(TransitionQuery query, PageRequest page) {
        List<TransitionSummary> read =
                database.call(dsl -> TransitionRows.select(dsl, query, page).fetch(TransitionQueryStore::summary));
        return Page.of(read, page.size(), Cursor.Kind.TRANSITIONS, TransitionSummary::id);
    }

    /// How often a task and its steps came into each state.
    public List<TransitionStatistics> statistics(TaskId task) {
        return statistics(task.value(), null, null);
    }

    /// How often all tasks and steps came into each state in a time range. Reads all transitions in it.
    ///
    /// @throws InvalidRequestException QUERY_INVALID: the range is empty
    public List<TransitionStatistics> statistics(Instant since, Instant until) {
        if (!since.isBefore(until)) {
            throw new InvalidRequestException(
                    ErrorCode.QUERY_INVALID,
                    "the time range is empty: " + since + " is not before " + until,
                    Map.of("field", "time range"));
        }
        return statistics(null, since, until);
    }

    private List<TransitionStatistics> statistics(
            @Nullable Long task, @Nullable Instant since, @Nullable Instant until) {
        return database.call(dsl -> Tables.GET_TRANSITION_STATISTICS(dsl.configuration(), task, since, until)).stream()
                .map(row -> new TransitionStatistics(
                        Subject.valueOf(row.getSubject().toUpperCase(Locale.ROOT)),
                        row.getToState(),
                        row.getTransitions(),
                        Optional.ofNullable(row.getAverageSecondsSincePrevious())
                                .map(TransitionQueryStore::duration)))
                .toList();
    }

    private static Duration duration(BigDecimal seconds) {
        return Duration.ofNanos(seconds.movePointRight(9).longValue());
    }

    private static TransitionSummary summary(Record row) {
        Instant at = row.get(TransitionRows.AT);
        return new TransitionSummary(
                row.get(TransitionRows.ID),
                new TaskId(row.get(TransitionRows.TASK)),
                Optional.ofNullable(row.get(TransitionRows.STEP)).map(StepId::new),
                Optional.ofNullable(row.get(TransitionRows.STEP_NAME)),
                row.get(TransitionRows.FROM),
                row.get(TransitionRows.TO),
                at,
                StoredJson.object(row.get(TransitionRows.METADATA)),
                Optional.ofNullable(row.get(TransitionRows.PREVIOUS_AT))
                        .map(previous -> Duration.between(previous, at)));
    }
}
