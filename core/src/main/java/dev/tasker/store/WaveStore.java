package dev.tasker.store;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.AdvanceRecord;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.result.Backoff;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jooq.JSONB;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;

/// The wave on PostgreSQL: the routines `tasker.advance`, `tasker.renew_leases` and `tasker.expire_leases`.
public final class WaveStore implements Waves {
    private final Database database;
    private final Backoff backoff;

    public WaveStore(Database database) {
        this(database, Backoff.DEFAULT);
    }

    /// @param backoff what templates do not say about the backoff of a step
    public WaveStore(Database database, Backoff backoff) {
        this.database = database;
        this.backoff = backoff;
    }

    @Override
    public WaveResult advance(WaveRequest request) {
        List<Outcome> outcomes = request.outcomes();
        List<AdvanceRecord> rows = database.call(dsl -> Tables.ADVANCE(
                dsl.configuration(),
                column(outcomes, Long[]::new, outcome -> outcome.step().value()),
                column(outcomes, Long[]::new, outcome -> outcome.claim().value()),
                column(outcomes, String[]::new, outcome -> outcome.kind().name().toLowerCase(Locale.ROOT)),
                column(outcomes, JSONB[]::new, outcome -> JSONB.jsonbOrNull(outcome.results())),
                column(outcomes, JSONB[]::new, outcome -> JSONB.jsonbOrNull(outcome.error())),
                column(outcomes, YearToSecond[]::new, outcome -> YearToSecond.valueOf(outcome.retryDelay())),
                request.worker().value(),
                request.freeSlots().keySet().stream().map(HandlerKey::toString).toArray(String[]::new),
                request.freeSlots().values().toArray(Integer[]::new),
                request.claimLimit(),
                YearToSecond.valueOf(request.lease()),
                request.onlyTask().map(TaskId::value).orElse(null)));
        return WaveRows.read(rows, backoff);
    }

    @Override
    public Set<ClaimId> renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease) {
        List<Map.Entry<ClaimId, StepId>> entries = List.copyOf(claims.entrySet());
        return database
                .call(dsl -> Tables.RENEW_LEASES(
                        dsl.configuration(),
                        worker.value(),
                        column(entries, Long[]::new, entry -> entry.getValue().value()),
                        column(entries, Long[]::new, entry -> entry.getKey().value()),
                        YearToSecond.valueOf(lease)))
                .stream()
                .map(row -> new ClaimId(row.getRenewLeases()))
                .collect(toUnmodifiableSet());
    }

    @Override
    public int expireLeases(int limit) {
        return database.call(dsl -> Tables.EXPIRE_LEASES(dsl.configuration(), limit))
                .size();
    }

    private static <R, T extends @Nullable Object> T[] column(
            List<R> rows, IntFunction<T[]> array, Function<R, T> value) {
        return rows.stream().map(value).toArray(array);
    }
}
