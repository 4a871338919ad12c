package dev.tasker.runtime;

import static java.util.stream.Collectors.toMap;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.error.TaskerException;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.store.TaskStore;
import dev.tasker.task.CreatedTask;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaitingPlaces;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The loop around the wave: collect outcomes, send a wave, publish, dispatch what was claimed.
///
/// Two threads of its own, so that a wave can be prepared and run while another one waits for its commit; what each of
/// them takes on is decided by the [OutcomeQueue]. A database that is away does not end the loop: outcomes are kept and
/// sent again, and what was recorded already is then refused.
final class Scheduler implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    /// Of so many free slots a wave leaves one to others, at the least.
    private static final int LEAVES_ONE_OF = 8;

    /// Where outcomes come in groups, others are on their way: about as many as in this wave, and as many again.
    private static final int LOAD_PER_OUTCOME = 2;

    private final TaskerConfig config;
    private final WaveSender sender;
    private final OutcomeQueue queue;
    private final Attempts attempts;
    private final LostClaims lostClaims;
    private final Surroundings surroundings;
    private final Set<HandlerKey> handlerKeys = new CopyOnWriteArraySet<>();
    private final List<Thread> threads;
    /// Calls that may still claim: their slots are taken until it is known what they have claimed.
    private final IdentityHashMap<WaveRequest, Flight> inFlight = new IdentityHashMap<>();
    /// Held by each wave as a reader; lost claims are looked for when there is none.
    private final ReentrantReadWriteLock waving = new ReentrantReadWriteLock(true);
    private final WaitingPlaces waitingPlaces = new WaitingPlaces(System::nanoTime);
    private volatile boolean claiming;
    private volatile boolean accepting = true;
    /// Steps that are being started; once nothing is accepted any more, there come no others.
    private final AtomicInteger starting = new AtomicInteger();
    private volatile boolean drained;
    private volatile boolean stopping;
    private int rotation;

    /// @param leavesSlots whether it had to leave slots to others
    /// @param turn        of the waiting places, when it began
    private record Flight(boolean leavesSlots, long turn) {}

    /// @param surroundings what else depends on waves
    Scheduler(TaskerConfig config, Waves waves, OutcomeQueue queue, Attempts attempts, Surroundings surroundings) {
        this.config = config;
        this.sender = new WaveSender(config, waves, queue);
        this.queue = queue;
        this.attempts = attempts;
        this.lostClaims = new LostClaims(config, waves, attempts, surroundings.unheard());
        this.surroundings = surroundings;
        this.threads = List.of(thread("tasker-scheduler"), thread("tasker-scheduler-2"));
        threads.forEach(Thread::start);
    }

    private Thread thread(String name) {
        return Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /// Steps of these handlers may be claimed from now on.
    void serve(Set<HandlerKey> keys) {
        handlerKeys.addAll(keys);
        queue.wake();
    }

    void stopServing(HandlerKey key) {
        handlerKeys.remove(key);
    }

    void startClaiming() {
        claiming = true;
        queue.wake();
    }

    /// From now on nothing more is claimed, and what a wave on its way claims is given back.
    void stopClaiming() {
        claiming = false;
        accepting = false;
    }

    /// Whether a step that was claimed before is about to run.
    boolean isStarting() {
        return starting.get() > 0;
    }

    /// From now on nobody waits for what is started.
    void drained() {
        drained = true;
    }

    /// Sends what is left, and ends the loop. Waits until it has ended, but no longer than `limit`.
    void close(Duration limit) {
        stopClaiming();
        stopping = true;
        queue.end();
        long end = System.nanoTime() + limit.toNanos();
        try {
            for (Thread thread : threads) {
                thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        threads.forEach(Thread::interrupt);
        if (!queue.isEmpty()) {
            log.atError().log("outcomes are left that the database did not take; their steps run again");
        }
    }

    @Override
    public void close() {
        close(config.shutdownTimeout());
    }

    private void run() {
        while (!stopping || !queue.isEmpty()) {
            try {
                turn();
            } catch (InterruptedException _) {
                return;
            } catch (Throwable problem) {
                // Whatever it was, the steps of this engine need the loop to go on.
                note(problem);
            }
        }
    }

    /// Logs what a turn has come to, if there is memory enough to do so.
    private static void note(Throwable problem) {
        try {
            log.atError().setCause(problem).log("a turn of the scheduler failed");
        } catch (OutOfMemoryError silent) {
            Thread.onSpinWait();
        }
    }

    private void turn() throws InterruptedException {
        List<Outcome> outcomes = queue.take(WaveRequest.OUTCOMES_MAX, config.pollInterval());
        waving.readLock().lock();
        try {
            wave(outcomes);
        } finally {
            waving.readLock().unlock();
            queue.answered(outcomes);
        }
        if (sender.takeLostClaims()) {
            lostClaims.suspect();
        }
        surroundings.unheard().publish();
        if (lostClaims.isDue()) {
            waving.writeLock().lock();
            try {
                lostClaims.giveBack();
            } finally {
                waving.writeLock().unlock();
            }
        }
    }

    /// Has tasks stored, and starts the steps that were claimed with them; see [FirstSteps#create].
    ///
    /// On the caller's thread, as a wave of its own: who looks for lost claims waits until they are known here.
    List<CreatedTask> create(
            int count, Function<WaveRequest, TaskStore.Stored> store, Consumer<List<CreatedTask>> published) {
        waving.readLock().lock();
        try {
            WaveRequest request = reserve(List.of(), Optional.empty(), claiming, OptionalInt.of(count));
            try {
                TaskStore.Stored stored = store.apply(request);
                stored.left().ifPresent(waitingPlaces::ready);
                start(stored, published);
                return stored.tasks();
            } catch (RuntimeException | Error problem) {
                if (request.claimLimit() > 0 && mayBeStored(problem)) {
                    lostClaims.suspect();
                    queue.wake();
                }
                throw problem;
            } finally {
                synchronized (inFlight) {
                    inFlight.remove(request);
                }
            }
        } finally {
            waving.readLock().unlock();
        }
    }

    /// What the store refuses is not stored; of everything else nobody knows.
    private static boolean mayBeStored(Throwable problem) {
        return problem instanceof StoreUnavailableException || !(problem instanceof TaskerException);
    }

    /// The tasks are stored, whatever becomes of their steps.
    private void start(TaskStore.Stored stored, Consumer<List<CreatedTask>> published) {
        WaveResult result = new WaveResult(List.of(), List.of(), List.of(), stored.claimed());
        try {
            try {
                published.accept(stored.tasks());
            } finally {
                followUp(List.of(), result);
            }
        } catch (RuntimeException problem) {
            log.atError().setCause(problem).log("what follows the creation of tasks failed");
        }
    }

    private void wave(List<Outcome> outcomes) throws InterruptedException {
        WaveRequest request = requestOf(outcomes);
        WaveResult result = WaveResult.NOTHING;
        try {
            result = send(request);
            learn(request, result);
            followUp(outcomes, result);
        } finally {
            freeSlots(request, result);
            surroundings.jobs().answered(request, result);
        }
    }

    /// What it tells of steps that wait, before anybody is told of the wave.
    private void learn(WaveRequest request, WaveResult result) {
        long begun;
        synchronized (inFlight) {
            begun = Objects.requireNonNull(inFlight.get(request)).turn();
        }
        waitingPlaces.found(request, result, begun);
    }

    /// A wave that had to leave slots to others, and claimed all that it might, may have left ready steps, too.
    private void freeSlots(WaveRequest request, WaveResult result) {
        boolean leftSlots;
        synchronized (inFlight) {
            leftSlots = Objects.requireNonNull(inFlight.remove(request)).leavesSlots();
        }
        if (leftSlots && claiming && result.claimed().size() >= request.claimLimit()) {
            queue.wakeForRest();
        }
    }

    /// Whatever goes wrong before the database has answered, the outcomes stay.
    private WaveRequest requestOf(List<Outcome> outcomes) {
        try {
            return request(outcomes);
        } catch (RuntimeException | Error problem) {
            queue.putBack(outcomes);
            throw problem;
        }
    }

    private WaveResult send(WaveRequest request) throws InterruptedException {
        try {
            return sender.send(request);
        } catch (RuntimeException | Error problem) {
            queue.putBack(request.outcomes());
            throw problem;
        }
    }

    /// Whatever goes wrong afterwards, what was claimed and not started is given back.
    private void followUp(List<Outcome> outcomes, WaveResult result) {
        try {
            attempts.answered(result);
            remember(outcomes);
            result.limited().forEach(limit -> queue.wakeAfter(limit.resumesIn()));
            Set<ClaimId> sentAgain = sender.report(result);
            if (!sentAgain.isEmpty()) {
                surroundings.unheard().suspect(stepsOf(outcomes, sentAgain));
            }
            surroundings.events().publish(result, sentAgain);
            surroundings.committed().accept(result);
            stopFailed(result);
            dispatch(result.claimed());
        } catch (RuntimeException | Error problem) {
            lostClaims.suspect(result);
            throw problem;
        }
    }

    private static Map<ClaimId, StepId> stepsOf(List<Outcome> outcomes, Set<ClaimId> claims) {
        return outcomes.stream()
                .filter(outcome -> claims.contains(outcome.claim()))
                .collect(toMap(Outcome::claim, Outcome::step, (one, _) -> one));
    }

    private WaveRequest request(List<Outcome> outcomes) {
        if (queue.takeAsked()) {
            waitingPlaces.forget();
        }
        Optional<TaskId> onlyTask = surroundings.jobs().next(outcomes, claiming);
        return reserve(outcomes, onlyTask, onlyTask.isPresent() ? accepting : claiming, OptionalInt.empty());
    }

    /// Takes slots for what a wave may claim, until it is known what it has claimed.
    ///
    /// A wave takes as many as it has outcomes, for their children, and half of the others; more where little runs.
    /// Whoever comes next may need some, too: for the children of what runs now, or for a new task.
    ///
    /// @param newTasks how many are created, where that is what is called: each needs one slot
    private WaveRequest reserve(
            List<Outcome> outcomes, Optional<TaskId> onlyTask, boolean claims, OptionalInt newTasks) {
        synchronized (inFlight) {
            Map<HandlerKey, Integer> freeSlots = claims ? freeSlots() : Map.of();
            int running = attempts.running().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            int free = Math.min(
                    unlimited(running),
                    freeSlots.keySet().stream()
                            .map(HandlerKey::runtime)
                            .distinct()
                            .mapToInt(this::freeSlots)
                            .sum());
            int others = Math.max(0, free - outcomes.size());
            int expected = Math.max(running, LOAD_PER_OUTCOME * outcomes.size());
            int left = Math.min(others / 2, Math.max(expected, Math.ceilDiv(others, LEAVES_ONE_OF)));
            // One that starts later than it is created costs an update more, and a wave that looks.
            int share = newTasks.orElse(outcomes.size() + others - left);
            int limit = Math.min(Math.min(free, WaveRequest.CLAIMS_MAX), share);
            long turn = waitingPlaces.turn();
            Map<HandlerKey, FirstWaiting> from = Map.of();
            if (onlyTask.isEmpty()) {
                from = newTasks.isPresent()
                        ? waitingPlaces.known(freeSlots.keySet())
                        : waitingPlaces.next(freeSlots.keySet());
            }
            WaveRequest request = new WaveRequest(
                    outcomes, config.worker(), freeSlots, running(), limit, config.lease(), onlyTask, from);
            inFlight.put(request, new Flight(limit < free || !inFlight.isEmpty(), turn));
            return request;
        }
    }

    private int unlimited(int running) {
        int reserved =
                inFlight.keySet().stream().mapToInt(WaveRequest::claimLimit).sum();
        return Math.max(0, surroundings.concurrency().free(running) - reserved);
    }

    /// The attempts that run, and those that a wave in flight may start: a limit of a handler holds for both.
    private Map<HandlerKey, Integer> running() {
        Map<HandlerKey, Integer> running = new HashMap<>(attempts.running());
        for (WaveRequest wave : inFlight.keySet()) {
            wave.freeSlots()
                    .forEach((key, slots) -> running.merge(key, Math.min(slots, wave.claimLimit()), Integer::sum));
        }
        return running;
    }

    /// What a runtime has left beside its running attempts and the waves in flight.
    private int freeSlots(HandlerRuntime runtime) {
        int reserved = 0;
        for (WaveRequest wave : inFlight.keySet()) {
            int most = 0;
            for (Map.Entry<HandlerKey, Integer> slots : wave.freeSlots().entrySet()) {
                if (slots.getKey().runtime() == runtime) {
                    most = slots.getValue();
                }
            }
            reserved += Math.min(most, wave.claimLimit());
        }
        return Math.max(0, attempts.freeSlots(runtime) - reserved);
    }

    /// The keys that can take work, starting with another one each time so that none is always served last.
    private Map<HandlerKey, Integer> freeSlots() {
        List<HandlerKey> keys = new ArrayList<>(handlerKeys);
        if (keys.isEmpty()) {
            return Map.of();
        }
        rotation = (rotation + 1) % keys.size();
        Collections.rotate(keys, rotation);
        Map<HandlerRuntime, Integer> free = new EnumMap<>(HandlerRuntime.class);
        keys.forEach(key -> free.computeIfAbsent(key.runtime(), this::freeSlots));
        Map<HandlerKey, Integer> slots = new LinkedHashMap<>();
        keys.forEach(key -> slots.put(key, free.getOrDefault(key.runtime(), 0)));
        slots.values().removeIf(Predicate.isEqual(0));
        return slots;
    }

    /// Counted from after the commit, when the database has begun to count: never too early.
    private void remember(List<Outcome> recorded) {
        for (Outcome outcome : recorded) {
            if (outcome.kind() == Outcome.Kind.RETRYABLE_FAILURE) {
                queue.wakeAfter(outcome.retryDelay());
            }
        }
    }

    /// A task that has failed needs its running handlers no more; what they still return is recorded.
    private void stopFailed(WaveResult result) {
        for (TaskVerdict verdict : result.tasks()) {
            if (verdict instanceof TaskVerdict.Failed failed) {
                attempts.cancel(failed.task());
            }
        }
    }

    private void dispatch(List<ClaimedStep> claimed) {
        for (ClaimedStep step : claimed) {
            starting.incrementAndGet();
            try {
                dispatch(step);
            } finally {
                starting.decrementAndGet();
            }
        }
    }

    private void dispatch(ClaimedStep step) {
        if (!accepting) {
            // Claimed by a wave that was on its way when the engine was told to stop.
            attempts.giveBack(step);
            return;
        }
        try {
            surroundings.events().beforeHandle(step);
            attempts.start(step);
            surroundings.events().handle(step);
            if (drained) {
                attempts.release(step.claim());
            }
        } catch (RuntimeException | Error problem) {
            log.atError()
                    .setCause(problem)
                    .addKeyValue("step_id", step.step().stepId())
                    .log("a claimed step could not be started; the attempt fails");
            surroundings.events().notStarted(step, problem);
            attempts.failToStart(step, problem);
        }
    }

    /// What else depends on waves.
    ///
    /// @param unheard     waves whose answers were lost
    /// @param committed   told of each wave after its commit
    /// @param jobs        tasks with turns of their own
    /// @param concurrency how many steps run at once, beside the slots
    record Surroundings(
            WaveEvents events,
            UnheardWaves unheard,
            Consumer<WaveResult> committed,
            TaskJobs jobs,
            ConcurrencyControl concurrency) {}
}
