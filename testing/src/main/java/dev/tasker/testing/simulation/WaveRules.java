package dev.tasker.testing.simulation;

import static java.util.stream.Collectors.toSet;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.json.Json;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.transition.StepState;
import dev.tasker.wave.Outcome;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// What a turn may change, and what it must: judged by the rows before and after it.
final class WaveRules {
    private final Stage stage;
    private long newestClaim;

    WaveRules(Stage stage) {
        this.stage = stage;
    }

    /// Which outcomes the database must apply: those of current claims. The others it must refuse.
    Set<ClaimId> applicable(List<Outcome> outcomes) {
        return outcomes.stream()
                .filter(outcome -> isCurrent(stage.step(outcome.step()), outcome.claim()))
                .map(Outcome::claim)
                .collect(toSet());
    }

    /// After a wave that was committed.
    ///
    /// @param applicable as it was before the wave
    void afterWave(Actor actor, List<Outcome> outcomes, Set<ClaimId> applicable, Instant now) {
        Set<StepId> touched = new HashSet<>();
        for (Outcome outcome : outcomes) {
            if (applicable.contains(outcome.claim())) {
                isApplied(outcome, now);
                touched.add(outcome.step());
            } else {
                require(
                        actor.doubts(outcome.claim()),
                        outcome.step(),
                        "was taken from " + actor.name() + ", which had renewed its lease all the time");
            }
        }
        for (StepFacts step : stage.steps()) {
            if (isClaimedNow(step)) {
                claimIsLegal(step, touched.contains(step.id()), now);
                touched.add(step.id());
            }
        }
        othersAreUnchanged(touched);
    }

    /// After a sweep for expired leases.
    void afterSweep(Instant now) {
        Set<StepId> touched = new HashSet<>();
        for (StepFacts step : stage.steps()) {
            StepFacts earlier = stage.before(step.id());
            Optional<Instant> lease = earlier.leaseUntil();
            if (lease.isPresent() && lease.get().isBefore(now)) {
                require(step.state() == StepState.ERROR, step.id(), "must fail when its lease has run out");
                touched.add(step.id());
            }
        }
        othersAreUnchanged(touched);
    }

    /// After a turn that must not change any step.
    void afterNothing() {
        othersAreUnchanged(Set.of());
    }

    private void isApplied(Outcome outcome, Instant now) {
        StepFacts step = stage.step(outcome.step());
        if (isClaimedNow(step)) {
            boolean runsAgain = outcome.kind() == Outcome.Kind.RELEASE
                    || (outcome.kind() == Outcome.Kind.RETRYABLE_FAILURE
                            && outcome.retryDelay().isZero());
            require(runsAgain, step.id(), "was claimed again right after " + outcome.kind());
            return;
        }
        StepState expected = switch (outcome.kind()) {
            case SUCCESS -> StepState.COMPLETE;
            case RETRYABLE_FAILURE, PERMANENT_FAILURE -> StepState.ERROR;
            case RELEASE -> StepState.PENDING;
        };
        require(step.state() == expected, step.id(), "must be " + expected.key() + " after " + outcome.kind());
        switch (outcome.kind()) {
            case SUCCESS ->
                require(
                        Objects.equals(
                                Json.read(String.valueOf(step.results())),
                                Json.read(String.valueOf(outcome.results()))),
                        step.id(),
                        "has lost its results");
            case RETRYABLE_FAILURE ->
                require(
                        !step.claimable() || step.dueAt().equals(now.plus(outcome.retryDelay())),
                        step.id(),
                        "is due at " + step.dueAt() + ", not " + outcome.retryDelay() + " after " + now);
            case PERMANENT_FAILURE ->
                require(!step.derived().retryEligible(), step.id(), "may run again after a permanent failure");
            case RELEASE ->
                require(
                        step.attempts() == stage.before(step.id()).attempts() - 1,
                        step.id(),
                        "counts an attempt that was given back");
        }
    }

    private void claimIsLegal(StepFacts step, boolean recorded, Instant now) {
        StepFacts earlier = stage.before(step.id());
        require(step.state() == StepState.IN_PROGRESS, step.id(), "has a new claim and does not run");
        require(recorded || earlier.state() != StepState.IN_PROGRESS, step.id(), "was claimed while it ran");
        require(!step.dueAt().isAfter(now), step.id(), "was claimed before it was due");
        long claim = step.claim().orElseThrow().value();
        require(claim > newestClaim, step.id(), "got a claim id that is not new");
    }

    private void othersAreUnchanged(Set<StepId> touched) {
        for (StepFacts step : stage.steps()) {
            StepFacts earlier = stage.before(step.id());
            boolean same = step.state() == earlier.state()
                    && step.attempts() == earlier.attempts()
                    && step.claim().equals(earlier.claim());
            require(same || touched.contains(step.id()), step.id(), "has changed, and this turn was not about it");
        }
        newestClaim = stage.steps().stream()
                .flatMap(step -> step.claim().stream())
                .mapToLong(ClaimId::value)
                .reduce(newestClaim, Math::max);
    }

    private boolean isClaimedNow(StepFacts step) {
        return !step.claim().equals(stage.before(step.id()).claim());
    }

    private static boolean isCurrent(StepFacts step, ClaimId claim) {
        return step.state() == StepState.IN_PROGRESS && step.claim().equals(Optional.of(claim));
    }

    private void require(boolean holds, StepId step, String problem) {
        if (!holds) {
            throw new AssertionError("step " + stage.name(step) + " " + problem);
        }
    }
}
