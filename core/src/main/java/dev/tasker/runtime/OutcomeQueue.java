package dev.tasker.runtime;

import dev.tasker.reenqueue.DueTimes;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Outcomes that wait for the next wave, and the reasons to send one. Safe from any thread.
///
/// While a wave is in flight outcomes pile up here, and the next wave takes them all: that is the whole of adaptive
/// group commit. The pile is bounded by the slots of the engine, since a slot is free again only for a new claim.
final class OutcomeQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Outcome> outcomes = new ArrayDeque<>();
    private final DueTimes dueTimes = new DueTimes();
    private boolean wakeUp;

    void add(Outcome outcome) {
        lock.lock();
        try {
            outcomes.addLast(outcome);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Asks for a wave when this delay has passed. Beyond the bound of [DueTimes] polling finds what is due.
    void wakeAfter(Duration delay) {
        lock.lock();
        try {
            dueTimes.add(System.nanoTime(), delay);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Puts outcomes back that could not be sent, in front of all others.
    void putBack(List<Outcome> unsent) {
        lock.lock();
        try {
            unsent.reversed().forEach(outcomes::addFirst);
        } finally {
            lock.unlock();
        }
    }

    /// Asks for a wave although no outcome waits: work may be ready.
    void wake() {
        lock.lock();
        try {
            wakeUp = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return outcomes.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until there is a reason for a wave: an outcome, a call of [#wake], a step that is due again, or
    /// `limit` has passed; then takes up to `max` outcomes.
    List<Outcome> take(int max, Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            while (outcomes.isEmpty() && !wakeUp) {
                long now = System.nanoTime();
                if (dueTimes.takeDue(now) || now - deadline >= 0) {
                    break;
                }
                Duration wait = dueTimes.untilNext(now, Duration.ofNanos(deadline - now));
                changed.await(Math.max(1, wait.toNanos()), TimeUnit.NANOSECONDS);
            }
            wakeUp = false;
            List<Outcome> taken = new ArrayList<>();
            while (taken.size() < max && !outcomes.isEmpty()) {
                taken.add(outcomes.removeFirst());
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
