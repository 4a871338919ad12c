package dev.tasker.testing.simulation;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.testing.worker.Attempt;
import dev.tasker.testing.worker.FaultyWaves.Fault;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One or two tasks from creation to their end, with one to three workers. A seed decides everything.
///
/// Faults stop after some turns; from then on every task must reach its end.
final class Schedule {
    private static final int TURNS_MAX = 600;
    private static final int TURNS_PER_STEP_MAX = 200;
    private static final int TASKS_MAX = 2;
    private static final int FAULTY_TURNS_MAX = 30;
    private static final int NEVER_RETURNS_ONE_IN = 25;
    // A lease has run out only after its last moment.
    private static final Duration BEYOND = Duration.ofMillis(1);

    private final Ground ground;
    private final SplittableRandom random;
    private final TurnLog log;
    private final Stage stage;
    private final Cast cast;
    private final Play play;
    private final Map<ClaimId, Boolean> returning = new HashMap<>();

    Schedule(Ground ground, long seed) {
        this.ground = ground;
        this.random = new SplittableRandom(seed);
        this.log = new TurnLog(ground.clock());
        this.stage = new Stage(ground.inspection());
        this.cast = new Cast(ground, random);
        this.play = new Play(ground, stage, cast, random, log);
    }

    TurnLog log() {
        return log;
    }

    /// The states in which its tasks ended.
    List<TaskState> ends() {
        return stage.tasks().stream()
                .map(task -> stage.stepsOf(task).getFirst().taskState())
                .toList();
    }

    /// Runs to the end.
    ///
    /// @param choice gives a template for a number
    /// @throws AssertionError an invariant was broken
    void run(TemplateChoice choice) {
        create(choice);
        play.begin();
        int faultyTurns = random.nextInt(FAULTY_TURNS_MAX);
        while (!(stage.isOver() && cast.isIdle())) {
            Turns turns = offers(log.turns() < faultyTurns);
            if (turns.isEmpty() || log.turns() >= turnsMax()) {
                throw new AssertionError("the tasks do not reach their end, though nothing fails any more");
            }
            turns.takeOne(random);
        }
        new TrailRules(stage).check(stage.trail());
    }

    private int turnsMax() {
        return TURNS_MAX + TURNS_PER_STEP_MAX * stage.steps().size();
    }

    /// Gives the template for a number.
    @FunctionalInterface
    interface TemplateChoice {
        RegisteredTemplate of(int number);
    }

    private void create(TemplateChoice choice) {
        Set<HandlerKey> keys = new LinkedHashSet<>();
        int tasks = 1 + random.nextInt(TASKS_MAX);
        for (int index = 0; index < tasks; index++) {
            RegisteredTemplate registered = choice.of(random.nextInt(RandomTemplates.VARIANTS));
            Template template = registered.template();
            Set<String> bypass = template.steps().stream()
                    .filter(step -> step.skippable() && random.nextBoolean())
                    .map(StepTemplate::name)
                    .collect(Collectors.toSet());
            stage.add(ground.create(registered, bypass), registered);
            template.steps().forEach(step -> keys.add(step.handlerKey()));
            log.note("task " + (char) ('A' + index) + ": " + RandomTemplates.describe(template)
                    + (bypass.isEmpty()
                            ? ""
                            : "; bypassed: " + bypass.stream().sorted().toList()));
        }
        cast.enter(List.copyOf(keys));
        cast.actors()
                .forEach(actor -> log.note(actor.name() + " has "
                        + actor.worker().setup().keys().stream()
                                .map(HandlerKey::toString)
                                .collect(Collectors.joining(" "))));
    }

    private Turns offers(boolean faults) {
        Turns turns = new Turns();
        for (Actor actor : cast.actors()) {
            if (actor.isStalled()) {
                turns.offer(faults ? 1 : 5, () -> play.wake(actor));
            } else {
                offerWork(turns, actor);
                if (faults) {
                    offerFaults(turns, actor);
                }
            }
        }
        Instant now = ground.clock().instant();
        if (leases().anyMatch(lease -> lease.isBefore(now))) {
            turns.offer(4, play::sweep);
        }
        nextMoment(now).ifPresent(moment -> turns.offer(2, () -> play.advance(moment)));
        return turns;
    }

    private void offerWork(Turns turns, Actor actor) {
        if (isUseful(actor)) {
            turns.offer(8, () -> play.wave(actor, Fault.NONE));
        }
        for (Attempt attempt : actor.running()) {
            if (returns(attempt)) {
                turns.offer(4, () -> play.finish(actor, attempt));
            }
        }
    }

    private void offerFaults(Turns turns, Actor actor) {
        if (isUseful(actor)) {
            turns.offer(1, () -> play.wave(actor, Fault.CALL_LOST));
            turns.offer(1, () -> play.wave(actor, Fault.ANSWER_LOST));
            turns.offer(1, () -> play.crashInWave(actor));
        }
        if (!actor.worker().isIdle()) {
            turns.offer(1, () -> play.crash(actor));
            turns.offer(1, () -> play.stall(actor));
            turns.offer(1, () -> play.stop(actor));
        }
    }

    private boolean isUseful(Actor actor) {
        Instant now = ground.clock().instant();
        return !actor.worker().waiting().isEmpty()
                || stage.steps().stream()
                        .anyMatch(step -> stage.isClaimable(step, now)
                                && actor.worker().takes(stage.template(step).handlerKey()));
    }

    /// Some handlers never return; which ones is drawn once per attempt.
    private boolean returns(Attempt attempt) {
        return returning.computeIfAbsent(attempt.claim(), _ -> random.nextInt(NEVER_RETURNS_ONE_IN) > 0);
    }

    /// The next time at which something becomes possible, or must be done to keep leases.
    private Optional<Instant> nextMoment(Instant now) {
        List<Instant> moments = new ArrayList<>();
        stage.steps().stream()
                .filter(StepFacts::claimable)
                .map(StepFacts::dueAt)
                .forEach(moments::add);
        leases().map(lease -> lease.plus(BEYOND)).forEach(moments::add);
        for (Actor actor : cast.actors()) {
            if (actor.holdsLeases()) {
                moments.add(now.plus(Cast.LEASE.dividedBy(3)));
                actor.running().stream().map(Attempt::timesOutAt).forEach(moments::add);
            }
        }
        return moments.stream().filter(moment -> moment.isAfter(now)).min(Instant::compareTo);
    }

    private Stream<Instant> leases() {
        return stage.steps().stream().flatMap(step -> step.leaseUntil().stream());
    }
}
