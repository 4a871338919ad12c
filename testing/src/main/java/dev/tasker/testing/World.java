package dev.tasker.testing;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.execution.ClaimSequence;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.store.Database;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.store.WaveStore;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.testing.database.ClockedSource;
import dev.tasker.testing.database.Inspection;
import dev.tasker.testing.database.StepFacts;
import dev.tasker.testing.database.VirtualClock;
import dev.tasker.testing.database.WorkflowDatabase;
import dev.tasker.testing.worker.Attempt;
import dev.tasker.testing.worker.FaultyWaves;
import dev.tasker.testing.worker.VirtualWorker;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The engine of one test: a worker, the time, and the handlers. For one thread.
///
/// One worker acts at a time; where it dies, hangs or restarts, another one takes its place.
final class World implements AutoCloseable {
    private static final Duration LEASE = TaskerConfig.defaults().lease();
    private static final Duration POLL = Duration.ofSeconds(1);
    // A lease has run out only after its last moment.
    private static final Duration BEYOND = Duration.ofMillis(1);
    private static final int SLOTS = 64;
    private static final int EXPIRE_LIMIT = 1_000;

    private final VirtualClock clock = new VirtualClock();
    private final ClockedSource source;
    private final RegisteredTemplate template;
    private final Bodies bodies;
    private final TaskStore tasks;
    private final Inspection inspection;
    private final FaultyWaves waves;
    private final OpenAttempts open;
    private final List<TaskId> started = new ArrayList<>();
    private final Map<FaultPoint, StepFault> faults = new HashMap<>();
    private final List<Stalled> stalled = new ArrayList<>();
    private final List<StepId> refused = new ArrayList<>();
    private VirtualWorker worker;
    private int workers;

    private record FaultPoint(TaskId task, String step) {}

    /// A worker that hangs, and when it comes back.
    private record Stalled(VirtualWorker worker, Instant backAt) {}

    World(WorkflowDatabase database, Template template) {
        this.source = database.open(clock);
        Database store = new Database(source);
        this.tasks = new TaskStore(store);
        this.inspection = new Inspection(source);
        this.waves = new FaultyWaves(new WaveStore(store));
        this.template = new TemplateStore(store).register(template).template();
        this.bodies = new Bodies(template);
        this.open = new OpenAttempts(clock);
        this.worker = nextWorker();
    }

    Bodies bodies() {
        return bodies;
    }

    VirtualClock clock() {
        return clock;
    }

    OpenAttempts open() {
        return open;
    }

    boolean hasUnfinishedTasks() {
        return inspection.hasUnfinishedTasks();
    }

    @Override
    public void close() {
        bodies.close();
        source.close();
    }

    TaskId create(TaskRequest request) {
        TaskId id = new TaskCreation(tasks).create(template, request);
        started.add(id);
        return id;
    }

    TaskSnapshot task(TaskId id) {
        return tasks.snapshot(id);
    }

    /// The steps whose outcomes were refused, in order.
    List<StepId> refused() {
        return List.copyOf(refused);
    }

    void plan(TaskId task, String step, StepFault fault) {
        faults.put(new FaultPoint(task, step), fault);
    }

    /// Works until nothing more can be done at this time.
    void runUntilIdle() {
        boolean busy = true;
        while (busy) {
            boolean ended = open.finishDue(worker, clock.instant());
            WaveResult result = wave(worker);
            boolean begun = beginAll();
            busy = ended
                    || begun
                    || !result.claimed().isEmpty()
                    || !worker.waiting().isEmpty();
        }
    }

    /// Moves the time on, and does everything when it is due.
    void advanceTo(Instant target) {
        runUntilIdle();
        Optional<Instant> next = nextMoment();
        while (next.isPresent() && !next.get().isAfter(target)) {
            passTo(next.get());
            next = nextMoment();
        }
        passTo(target);
    }

    /// The next time at which something will happen by itself; empty where nothing will.
    Optional<Instant> nextMoment() {
        Instant now = clock.instant();
        List<StepFacts> steps = started.isEmpty() ? List.of() : inspection.steps(started);
        // Due, and yet not claimed: a limit holds it back, and the engine asks again.
        boolean isHeldBack = steps.stream()
                .anyMatch(step -> step.claimable() && !step.dueAt().isAfter(now));
        return Stream.of(
                        steps.stream().filter(StepFacts::claimable).map(StepFacts::dueAt),
                        steps.stream()
                                .flatMap(step -> step.leaseUntil().stream().map(lease -> lease.plus(BEYOND))),
                        stalled.stream().map(Stalled::backAt),
                        open.moments(),
                        isHeldBack ? Stream.of(now.plus(POLL)) : Stream.<Instant>empty(),
                        worker.isIdle() ? Stream.<Instant>empty() : Stream.of(now.plus(LEASE.dividedBy(3))))
                .flatMap(moments -> moments)
                .filter(moment -> moment.isAfter(now))
                .min(Instant::compareTo);
    }

    private void passTo(Instant moment) {
        clock.moveTo(moment);
        if (!worker.isIdle()) {
            open.drop(worker.renew());
        }
        waves.expireLeases(EXPIRE_LIMIT);
        runUntilIdle();
        for (Stalled late : List.copyOf(stalled)) {
            if (!late.backAt().isAfter(moment)) {
                stalled.remove(late);
                wave(late.worker());
            }
        }
    }

    private WaveResult wave(VirtualWorker sender) {
        Map<Long, StepId> sent = new HashMap<>();
        sender.waiting().forEach(outcome -> sent.put(outcome.claim().value(), outcome.step()));
        if (open.losesAnswer(sender.waiting())) {
            waves.next(FaultyWaves.Fault.ANSWER_LOST);
        }
        WaveResult result = sendUntilAnswered(sender);
        result.refused()
                .forEach(claim -> Optional.ofNullable(sent.get(claim.value())).ifPresent(refused::add));
        return result;
    }

    /// As the engine does it: what got no answer is sent again.
    private static WaveResult sendUntilAnswered(VirtualWorker sender) {
        try {
            return sender.wave();
        } catch (StoreUnavailableException _) {
            return sender.wave();
        }
    }

    private boolean beginAll() {
        VirtualWorker before = worker;
        boolean begun = false;
        for (Attempt attempt : before.running()) {
            if (before == worker && !open.contains(attempt)) {
                begin(attempt);
                begun = true;
            }
        }
        return begun;
    }

    private void begin(Attempt attempt) {
        ClaimedStep claimed = attempt.claimed();
        FaultPoint point =
                new FaultPoint(claimed.task().taskId(), claimed.step().name());
        StepFault fault = faults.remove(point);
        switch (fault) {
            case null -> open.add(attempt, play(attempt));
            case CRASH_BEFORE -> crash();
            case CRASH_DURING -> {
                play(attempt);
                crash();
            }
            case ANSWER_LOST -> {
                open.add(attempt, play(attempt));
                open.loseAnswer(attempt.claim());
            }
            case STALL -> {
                open.add(attempt, play(attempt));
                stall();
            }
            case RESTART -> {
                open.clear();
                worker.stop();
                wave(worker);
                worker = nextWorker();
            }
        }
    }

    private void crash() {
        open.clear();
        worker = nextWorker();
    }

    private void stall() {
        worker.stopClaiming();
        open.finishAll(worker);
        stalled.add(new Stalled(worker, clock.instant().plus(LEASE).plus(POLL)));
        worker = nextWorker();
    }

    private Bodies.Played play(Attempt attempt) {
        ClaimedStep claimed = attempt.claimed();
        return bodies.play(new StepAttempt(
                claimed.claim(),
                claimed.handlerKey(),
                claimed.task(),
                new ClaimSequence(
                        claimed.step().name(),
                        claimed.parents(),
                        () -> tasks.ancestors(claimed.step().stepId())),
                claimed.step(),
                claimed.previousResults(),
                claimed.templateFile().map(DataFolder::beside).orElseGet(DataFolder::none),
                claimed.timeout()));
    }

    private VirtualWorker nextWorker() {
        workers++;
        Map<HandlerRuntime, Integer> slots = new EnumMap<>(HandlerRuntime.class);
        for (HandlerRuntime runtime : HandlerRuntime.values()) {
            slots.put(runtime, SLOTS);
        }
        List<HandlerKey> keys = template.template().steps().stream()
                .map(StepTemplate::handlerKey)
                .distinct()
                .toList();
        return new VirtualWorker(
                new VirtualWorker.Setup(new WorkerId("worker-" + workers), keys, slots, LEASE), waves, clock);
    }
}
