package dev.tasker.store;

import static dev.tasker.db.generated.Tables.WORKFLOW_STEPS;
import static java.util.stream.Collectors.toSet;

import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.RenewLeasesRecord;
import dev.tasker.event.StoredTransition;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.result.Backoff;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;

/// The wave on PostgreSQL: the routines `tasker.advance`, `tasker.renew_leases` and `tasker.expire_leases`.
///
/// Every call gives up when its answer is worth nothing any more: a peer that vanished without a word would hold
/// the caller for ever.
public final class WaveStore implements Waves {
    /// A wave is awaited for one lease, since its claims end with it; but a busy server may think longer than a short
    /// one.
    private static final Duration WAVE_ANSWER_MIN = Duration.ofSeconds(5);

    private static final Duration WAVE_ANSWER_MAX = Duration.ofSeconds(60);
    private static final Duration RENEWAL_ANSWER_MIN = Duration.ofSeconds(1);
    private static final Duration RENEWAL_ANSWER_MAX = Duration.ofSeconds(20);
    private static final Duration SWEEP_ANSWER_MAX = Duration.ofSeconds(5);

    private static final Map<Outcome.Kind, String> KINDS = new EnumMap<>(Map.of(
            Outcome.Kind.SUCCESS, "success",
            Outcome.Kind.RETRYABLE_FAILURE, "retryable_failure",
            Outcome.Kind.PERMANENT_FAILURE, "permanent_failure",
            Outcome.Kind.RELEASE, "release"));

    private static final Comparator<Outcome> BY_STEP =
            Comparator.comparingLong(outcome -> outcome.step().value());

    private final Database database;
    private final ClaimedSteps claimedSteps;

    public WaveStore(Database database) {
        this(database, new ClaimedSteps(database, Backoff.DEFAULT));
    }

    public WaveStore(Database database, ClaimedSteps claimedSteps) {
        this.database = database;
        this.claimedSteps = claimedSteps;
    }

    @Override
    public WaveResult advance(WaveRequest request) {
        // Rows are locked in the order in which they are given: the same one for all who change steps.
        List<Outcome> outcomes = request.outcomes().stream().sorted(BY_STEP).toList();
        Duration answerMax = clamp(request.lease(), WAVE_ANSWER_MIN, WAVE_ANSWER_MAX);
        List<HandlerKey> keys = List.copyOf(request.freeSlots().keySet());
        List<WaveRows.Row> rows = database.onConnection(
                answerMax,
                connection -> HotStatements.rows(
                        connection,
                        HotStatements.ADVANCE,
                        parameters -> parameters
                                .column(
                                        "bigint",
                                        outcomes,
                                        outcome -> outcome.step().value())
                                .column(
                                        "bigint",
                                        outcomes,
                                        outcome -> outcome.claim().value())
                                .column("text", outcomes, outcome -> KINDS.get(outcome.kind()))
                                .column("jsonb", outcomes, Outcome::results)
                                .column("jsonb", outcomes, Outcome::error)
                                .column("interval", outcomes, outcome -> HotStatements.interval(outcome.retryDelay()))
                                .text(request.worker().value())
                                .column("text", keys, HandlerKey::toString)
                                .column("integer", keys, request.freeSlots()::get)
                                .number(request.claimLimit())
                                .text(HotStatements.interval(request.lease()))
                                .number(request.onlyTask().map(TaskId::value).orElse(null))
                                .column(
                                        "integer",
                                        keys,
                                        key -> request.running().getOrDefault(key, 0))
                                .places(request),
                        WaveRows.Row::of));
        return WaveRows.read(rows, outcomes, (claims, known) -> claimedSteps.read(claims, known, answerMax));
    }

    @Override
    public Renewal renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease) {
        List<Map.Entry<ClaimId, StepId>> entries = List.copyOf(claims.entrySet());
        List<RenewLeasesRecord> rows = database.call(
                clamp(lease.dividedBy(3), RENEWAL_ANSWER_MIN, RENEWAL_ANSWER_MAX),
                dsl -> Tables.RENEW_LEASES(
                        dsl.configuration(),
                        worker.value(),
                        column(entries, Long[]::new, entry -> entry.getValue().value()),
                        column(entries, Long[]::new, entry -> entry.getKey().value()),
                        YearToSecond.valueOf(lease)));
        return new Renewal(
                claims(rows, _ -> true),
                claims(rows, RenewLeasesRecord::getStopped),
                claims(rows, row -> !row.getRenewed()));
    }

    private static Set<ClaimId> claims(List<RenewLeasesRecord> rows, Predicate<RenewLeasesRecord> condition) {
        return rows.stream()
                .filter(condition)
                .map(row -> new ClaimId(row.getClaimId()))
                .collect(toSet());
    }

    @Override
    public ExpiredLeases expireLeases(int limit) {
        return ExpiredRows.read(
                database.call(SWEEP_ANSWER_MAX, dsl -> Tables.EXPIRE_LEASES(dsl.configuration(), limit)));
    }

    @Override
    public Map<ClaimId, StepId> heldClaims(WorkerId worker) {
        return database.call(
                SWEEP_ANSWER_MAX,
                dsl -> dsl.select(WORKFLOW_STEPS.CLAIM_ID, WORKFLOW_STEPS.WORKFLOW_STEP_ID)
                        .from(WORKFLOW_STEPS)
                        .where(WORKFLOW_STEPS.STATE.eq(StepState.IN_PROGRESS.key()))
                        .and(WORKFLOW_STEPS.LEASE_OWNER.eq(worker.value()))
                        .fetchMap(row -> new ClaimId(row.value1()), row -> new StepId(row.value2())));
    }

    /// What the waves changed that recorded these outcomes, and those that made these claims; in the order of events.
    ///
    /// @param recorded claims whose outcomes were recorded
    /// @param made     claims that were made
    public List<StoredTransition> committed(Map<ClaimId, StepId> recorded, Map<ClaimId, StepId> made) {
        List<Map.Entry<ClaimId, StepId>> claims = new ArrayList<>(recorded.entrySet());
        claims.addAll(made.entrySet());
        Boolean[] isRecorded = new Boolean[claims.size()];
        Arrays.setAll(isRecorded, index -> index < recorded.size());
        return database
                .call(
                        SWEEP_ANSWER_MAX,
                        dsl -> Tables.CHANGES_OF_WAVES(
                                dsl.configuration(),
                                column(
                                        claims,
                                        Long[]::new,
                                        claim -> claim.getValue().value()),
                                column(
                                        claims,
                                        Long[]::new,
                                        claim -> claim.getKey().value()),
                                isRecorded))
                .stream()
                .map(row -> StoredTransitions.of(row.into(Tables.READ_EVENTS)))
                .toList();
    }

    private static Duration clamp(Duration value, Duration min, Duration max) {
        return Duration.ofMillis(Math.clamp(value.toMillis(), min.toMillis(), max.toMillis()));
    }

    @Override
    public List<ExpiredTask> expireDeadlines(int limit) {
        return database.call(SWEEP_ANSWER_MAX, dsl -> Tables.EXPIRE_DEADLINES(dsl.configuration(), limit)).stream()
                .map(row -> new ExpiredTask(new TaskId(row.getTaskId()), TaskState.of(row.getFromState())))
                .toList();
    }

    private static <R, T extends @Nullable Object> T[] column(
            List<R> rows, IntFunction<T[]> array, Function<R, T> value) {
        return rows.stream().map(value).toArray(array);
    }
}
