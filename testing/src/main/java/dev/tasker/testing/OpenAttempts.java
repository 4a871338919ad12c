package dev.tasker.testing;

import dev.tasker.identity.ClaimId;
import dev.tasker.result.StepResult;
import dev.tasker.runtime.ResultEncoder;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.testing.database.VirtualClock;
import dev.tasker.testing.worker.Attempt;
import dev.tasker.testing.worker.VirtualWorker;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Attempts whose handler has run in real time, and whose end is still to come in virtual time.
final class OpenAttempts {
    private final Map<ClaimId, Open> attempts = new LinkedHashMap<>();
    private final Set<ClaimId> answersToLose = new HashSet<>();
    private final ResultEncoder encoder;
    private double jitter;

    private record Open(Attempt attempt, StepResult result, Instant endsAt) {}

    OpenAttempts(VirtualClock clock) {
        this.encoder = new ResultEncoder(
                TaskerConfig.defaults(), () -> jitter, () -> clock.instant().toString());
    }

    /// Where in its range each backoff falls: 0 the shortest, below 1.
    void jitter(double position) {
        if (position < 0 || position >= 1) {
            throw new IllegalArgumentException("the jitter is at least 0 and below 1, not " + position);
        }
        jitter = position;
    }

    void add(Attempt attempt, Bodies.Played played) {
        Duration timeout = attempt.claimed().timeout();
        boolean inTime =
                played.takes().filter(time -> time.compareTo(timeout) < 0).isPresent();
        StepResult result = inTime ? played.result() : new StepResult.Failure(ResultEncoder.timeout(attempt.claimed()));
        Instant end = inTime ? attempt.startedAt().plus(played.takes().orElseThrow()) : attempt.timesOutAt();
        attempts.put(attempt.claim(), new Open(attempt, result, end));
    }

    boolean contains(Attempt attempt) {
        return attempts.containsKey(attempt.claim());
    }

    /// The first wave with this claim's outcome gets no answer.
    void loseAnswer(ClaimId claim) {
        answersToLose.add(claim);
    }

    boolean losesAnswer(List<Outcome> outcomes) {
        return outcomes.stream()
                        .map(Outcome::claim)
                        .filter(answersToLose::remove)
                        .count()
                > 0;
    }

    Stream<Instant> moments() {
        return attempts.values().stream().map(Open::endsAt);
    }

    /// Hands outcomes whose time has come to the worker.
    ///
    /// @return whether there were any
    boolean finishDue(VirtualWorker worker, Instant now) {
        List<Open> due = attempts.values().stream()
                .filter(open -> !open.endsAt().isAfter(now))
                .toList();
        due.forEach(open -> finish(worker, open));
        return !due.isEmpty();
    }

    /// Hands all outcomes to the worker, whenever they were to come.
    void finishAll(VirtualWorker worker) {
        List.copyOf(attempts.values()).forEach(open -> finish(worker, open));
    }

    /// Forgets attempts that their worker has lost.
    void drop(List<Attempt> lost) {
        lost.forEach(attempt -> attempts.remove(attempt.claim()));
    }

    /// Forgets all: their worker is gone.
    void clear() {
        attempts.clear();
        answersToLose.clear();
    }

    private void finish(VirtualWorker worker, Open open) {
        attempts.remove(open.attempt().claim());
        worker.finish(open.attempt(), encoder.encode(open.attempt().claimed(), open.result()));
    }
}
