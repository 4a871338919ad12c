package dev.tasker.testing.simulation;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import dev.tasker.runtime.ResultEncoder;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.testing.worker.Attempt;
import dev.tasker.testing.worker.FaultyWaves.Fault;
import dev.tasker.transition.StepState;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Makes the turns of one schedule, and has each judged.
final class Play {
    private static final int EXPIRE_LIMIT = 1_000;
    private static final int RETRY_AFTER_SECONDS_MAX = 5;

    private final Ground ground;
    private final Stage stage;
    private final Cast cast;
    private final RandomGenerator random;
    private final TurnLog log;
    private final ResultEncoder encoder;
    private final RowRules rows;
    private final WaveRules waves;

    Play(Ground ground, Stage stage, Cast cast, RandomGenerator random, TurnLog log) {
        this.ground = ground;
        this.stage = stage;
        this.cast = cast;
        this.random = random;
        this.log = log;
        this.rows = new RowRules(stage);
        this.waves = new WaveRules(stage);
        this.encoder = new ResultEncoder(
                TaskerConfig.defaults(),
                random::nextDouble,
                () -> ground.clock().instant().toString());
    }

    /// Looks at the tasks for the first time.
    void begin() {
        judge(waves::afterNothing);
    }

    /// A worker sends a wave, which may get lost.
    void wave(Actor actor, Fault fault) {
        List<Outcome> outcomes = actor.worker().waiting();
        log.turn(kind("wave", fault), actor.name() + " sends a wave" + tell(outcomes));
        send(actor, fault, outcomes);
    }

    /// A worker dies between two calls.
    void crash(Actor actor) {
        log.turn("crash", actor.name() + " crashes, and loses " + held(actor));
        log.more("; " + cast.replace(actor).name() + " starts");
    }

    /// A worker dies after its wave was committed, and before the answer.
    void crashInWave(Actor actor) {
        List<Outcome> outcomes = actor.worker().waiting();
        log.turn("crash in wave", actor.name() + " sends a wave" + tell(outcomes) + ", and crashes");
        send(actor, Fault.ANSWER_LOST, outcomes);
        log.note(cast.replace(actor).name() + " starts");
    }

    /// A worker stops gracefully.
    void stop(Actor actor) {
        actor.worker().stop();
        List<Outcome> outcomes = actor.worker().waiting();
        log.turn("stop", actor.name() + " stops" + tell(outcomes));
        send(actor, Fault.NONE, outcomes);
        log.note(cast.replace(actor).name() + " starts");
    }

    void stall(Actor actor) {
        actor.stall();
        log.turn("stall", actor.name() + " stalls with " + held(actor));
    }

    void wake(Actor actor) {
        actor.wake();
        log.turn("wake", actor.name() + " comes back with " + held(actor));
    }

    /// A handler returns or fails.
    void finish(Actor actor, Attempt attempt) {
        StepId step = attempt.claimed().step().stepId();
        Outcome outcome = encoder.encode(attempt.claimed(), result(attempt));
        actor.worker().finish(attempt, outcome);
        log.turn("finish", actor.name() + " finishes " + stage.name(step) + ": " + describe(outcome));
    }

    /// Somebody looks for expired leases.
    void sweep() {
        log.turn("sweep", "somebody looks for expired leases");
        ground.waves().expireLeases(EXPIRE_LIMIT);
        judge(() -> waves.afterSweep(now()));
        log.more(taken());
    }

    /// Time passes; workers that are well renew their leases, and stop what runs for too long.
    void advance(Instant moment) {
        ground.clock().moveTo(moment);
        log.turn("time", "time passes");
        for (Actor actor : cast.actors()) {
            if (actor.holdsLeases()) {
                renew(actor);
                actor.running().stream()
                        .filter(attempt -> !attempt.timesOutAt().isAfter(moment))
                        .forEach(attempt -> timeOut(actor, attempt));
            }
        }
        judge(waves::afterNothing);
    }

    private void send(Actor actor, Fault fault, List<Outcome> outcomes) {
        Set<ClaimId> applicable = waves.applicable(outcomes);
        actor.waves().next(fault);
        Optional<WaveResult> answer = answer(actor);
        boolean reached = fault != Fault.CALL_LOST;
        judge(() -> {
            if (reached) {
                waves.afterWave(actor, outcomes, applicable, now());
            } else {
                waves.afterNothing();
            }
        });
        log.more(claims());
        answer.ifPresent(result -> isHonest(result, outcomes, applicable));
        if (fault == Fault.ANSWER_LOST) {
            actor.doubtWaiting();
        }
    }

    private static Optional<WaveResult> answer(Actor actor) {
        try {
            return Optional.of(actor.worker().wave());
        } catch (StoreUnavailableException _) {
            return Optional.empty();
        }
    }

    /// The answer names exactly the outcomes that were not applied.
    private static void isHonest(WaveResult result, List<Outcome> outcomes, Set<ClaimId> applicable) {
        Set<ClaimId> refused = Set.copyOf(result.refused());
        for (Outcome outcome : outcomes) {
            if (refused.contains(outcome.claim()) == applicable.contains(outcome.claim())) {
                throw new AssertionError("the answer says the opposite of what was applied");
            }
        }
    }

    private void renew(Actor actor) {
        for (Attempt lost : actor.worker().renew()) {
            StepId step = lost.claimed().step().stepId();
            log.note(actor.name() + " has lost " + stage.name(step));
            if (!actor.doubts(lost.claim())) {
                throw new AssertionError("step " + stage.name(step) + " was taken from " + actor.name()
                        + ", which had renewed its lease all the time");
            }
        }
    }

    private void timeOut(Actor actor, Attempt attempt) {
        StepError error = ResultEncoder.timeout(attempt.claimed());
        actor.worker().finish(attempt, encoder.encodeFailure(attempt.claimed(), error));
        log.note(stage.name(attempt.claimed().step().stepId()) + " times out on " + actor.name());
    }

    private StepResult result(Attempt attempt) {
        int kind = random.nextInt(20);
        if (kind < 12) {
            return new StepResult.Success(Map.of(
                    "step", attempt.claimed().step().name(),
                    "attempt", attempt.claimed().step().attempts(),
                    "lot", random.nextInt(1_000)));
        }
        if (kind < 16) {
            return new StepResult.Failure(StepError.retryable("Simulated", "again", "SIMULATED"));
        }
        if (kind < 18) {
            Duration wait = Duration.ofSeconds(random.nextInt(RETRY_AFTER_SECONDS_MAX));
            return new StepResult.Failure(
                    new StepError("Simulated", "later", null, true, wait, Map.of(), null, List.of()));
        }
        return new StepResult.Failure(StepError.permanent("Simulated", "never", "SIMULATED", Map.of()));
    }

    private void judge(Runnable turn) {
        stage.look();
        turn.run();
        rows.check(now());
    }

    private Instant now() {
        return ground.clock().instant();
    }

    private static String kind(String name, Fault fault) {
        return switch (fault) {
            case NONE -> name;
            case CALL_LOST, ANSWER_LOST -> fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    private String taken() {
        List<String> names = stage.steps().stream()
                .filter(step -> step.state() == StepState.ERROR
                        && stage.before(step.id()).state() == StepState.IN_PROGRESS)
                .map(step -> stage.name(step.id()))
                .toList();
        return names.isEmpty() ? "" : "; taken: " + String.join(" ", names);
    }

    private String claims() {
        List<String> claimed = stage.steps().stream()
                .filter(step -> !step.claim().equals(stage.before(step.id()).claim()))
                .map(StepFacts::id)
                .map(stage::name)
                .toList();
        return claimed.isEmpty() ? "" : "; claimed: " + String.join(" ", claimed);
    }

    private String held(Actor actor) {
        List<String> names = actor.running().stream()
                .map(attempt -> stage.name(attempt.claimed().step().stepId()))
                .toList();
        return (names.isEmpty() ? "nothing running" : String.join(" ", names))
                + tell(actor.worker().waiting());
    }

    private String tell(List<Outcome> outcomes) {
        List<String> texts = outcomes.stream()
                .map(outcome -> stage.name(outcome.step()) + " " + describe(outcome))
                .toList();
        return texts.isEmpty() ? "" : " (" + String.join(", ", texts) + ")";
    }

    private static String describe(Outcome outcome) {
        String kind = outcome.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return outcome.kind() == Outcome.Kind.RETRYABLE_FAILURE ? kind + " after " + outcome.retryDelay() : kind;
    }
}
