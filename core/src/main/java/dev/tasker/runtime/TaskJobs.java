package dev.tasker.runtime;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.TaskId;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Tasks that jobs of this engine are running, and whose turn it is to claim. Safe from any thread.
///
/// A job does not send waves itself: the scheduler sends one for its task when it is its turn. So outcomes
/// of all jobs are recorded together, one thread counts the free slots, and a job that is killed loses no
/// outcome. A run takes part from [#begin] to [#end], and has a turn at its begin, whenever one of its
/// outcomes is recorded, and now and then while it waits for running steps. The number of runs is bounded by
/// the threads that call.
final class TaskJobs {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<TaskId, Run> runs = new HashMap<>();
    private final Map<ClaimId, Run> claims = new HashMap<>();
    private final Deque<Run> turns = new ArrayDeque<>();
    private final OutcomeQueue queue;
    private final Attempts attempts;
    private boolean hadTurn;
    private boolean stopping;
    private boolean closed;

    TaskJobs(OutcomeQueue queue, Attempts attempts) {
        this.queue = queue;
        this.attempts = attempts;
    }

    /// Lets a task take part; empty where it does already, or the engine stops.
    Optional<Run> begin(TaskId task) {
        lock.lock();
        try {
            if (stopping || runs.containsKey(task)) {
                return Optional.empty();
            }
            Run run = new Run(task);
            runs.put(task, run);
            askForTurn(run);
            return Optional.of(run);
        } finally {
            lock.unlock();
        }
    }

    /// Its steps that still run go on, and their outcomes are recorded.
    void end(Run run) {
        lock.lock();
        try {
            runs.remove(run.task);
            turns.remove(run);
            run.outstanding.forEach(claims::remove);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Whether the engine stops.
    boolean isStopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    /// No more turns; runs end when their steps have.
    void stop() {
        lock.lock();
        try {
            stopping = true;
            turns.clear();
            runs.values().forEach(run -> run.wantsTurn = false);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends every run, and waits until they are gone, but no longer than `limit`.
    void close(Duration limit) {
        lock.lock();
        try {
            closed = true;
            stopping = true;
            changed.signalAll();
            long left = limit.toNanos();
            while (!runs.isEmpty() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// The task that the next wave is for; empty: for whatever is ready. Taken in turns with that.
    ///
    /// @param outcomes  what the next wave records
    /// @param isGeneral whether the engine also claims whatever is ready
    Optional<TaskId> next(List<Outcome> outcomes, boolean isGeneral) {
        lock.lock();
        try {
            for (Outcome outcome : outcomes) {
                Run run = claims.get(outcome.claim());
                if (run != null) {
                    askForTurn(run);
                }
            }
            if (turns.isEmpty() || (isGeneral && hadTurn)) {
                hadTurn = false;
                return Optional.empty();
            }
            hadTurn = true;
            Run run = turns.removeFirst();
            run.wantsTurn = false;
            run.waves++;
            return Optional.of(run.task);
        } finally {
            lock.unlock();
        }
    }

    /// Takes in what a wave did; [WaveResult#NOTHING] where it failed.
    void answered(WaveRequest request, WaveResult result) {
        lock.lock();
        try {
            result.recorded().forEach(recorded -> settle(recorded.claim(), request.onlyTask()));
            result.refused().forEach(claim -> settle(claim, request.onlyTask()));
            if (!result.recorded().isEmpty()) {
                // Slots are free again.
                runs.values().stream().filter(run -> run.isStarved).forEach(this::askForTurn);
            }
            Run run = request.onlyTask().map(runs::get).orElse(null);
            if (run != null) {
                run.takeIn(request, result);
                result.claimed().forEach(step -> claims.put(step.claim(), run));
            }
            if (!turns.isEmpty()) {
                queue.wake();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until nothing of a task runs in this job, and its last turn brought nothing more.
    ///
    /// @param look      how often to ask for a turn while steps run: others may become due
    /// @param starveMax how long to wait for a free slot
    void awaitIdle(Run run, Duration look, Duration starveMax) throws InterruptedException {
        lock.lock();
        try {
            long begin = System.nanoTime();
            long nextLook = begin + look.toNanos();
            while (!closed && run.isBusy(!stopping && System.nanoTime() - begin < starveMax.toNanos())) {
                changed.await(Math.max(1, nextLook - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (System.nanoTime() - nextLook >= 0) {
                    nextLook = System.nanoTime() + look.toNanos();
                    forgetLost(run);
                    askForTurn(run);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Gives a run another turn.
    void again(Run run) {
        lock.lock();
        try {
            askForTurn(run);
        } finally {
            lock.unlock();
        }
    }

    private void askForTurn(Run run) {
        if (!run.wantsTurn && !stopping) {
            run.wantsTurn = true;
            turns.addLast(run);
            queue.wake();
        }
    }

    private void settle(ClaimId claim, Optional<TaskId> served) {
        Run run = claims.remove(claim);
        if (run == null) {
            return;
        }
        run.outstanding.remove(claim);
        if (!served.equals(Optional.of(run.task))) {
            askForTurn(run);
        }
    }

    /// A claim whose lease was lost gives no outcome.
    private void forgetLost(Run run) {
        Set<ClaimId> known = attempts.claims().keySet();
        run.outstanding.stream()
                .filter(claim -> !known.contains(claim))
                .toList()
                .forEach(claim -> {
                    run.outstanding.remove(claim);
                    claims.remove(claim);
                });
    }

    /// One job at work. Guarded by the lock of its owner.
    static final class Run {
        private final TaskId task;
        private final Set<ClaimId> outstanding = new HashSet<>();
        private boolean wantsTurn;
        private int waves;
        private boolean isStarved;
        private Optional<Duration> limitedFor = Optional.empty();

        private Run(TaskId task) {
            this.task = task;
        }

        /// Until a limit of its handlers lets more steps run, as its last turn told; empty where none was
        /// met. To be read when it is idle.
        Optional<Duration> limitedFor() {
            return limitedFor;
        }

        private boolean isBusy(boolean waitsForSlots) {
            return wantsTurn || waves > 0 || !outstanding.isEmpty() || (isStarved && waitsForSlots);
        }

        private void takeIn(WaveRequest request, WaveResult result) {
            waves--;
            isStarved = request.claimLimit() == 0 && !request.running().isEmpty();
            limitedFor =
                    result.limited().stream().map(WaveResult.Limited::resumesIn).min(Duration::compareTo);
            result.claimed().forEach(step -> outstanding.add(step.claim()));
        }
    }
}
