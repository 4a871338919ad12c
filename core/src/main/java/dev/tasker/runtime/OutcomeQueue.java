package dev.tasker.runtime;

import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.DueTimes;
import dev.tasker.wave.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Outcomes that wait for the next wave, and the reasons to send one. Safe from any thread.
///
/// While a wave is in flight outcomes pile up here, and the next wave takes them all: that is the whole of adaptive
/// group commit. A further wave is opened beside one in flight only when [#FURTHER_WAVE_MIN] outcomes wait. Outcomes of
/// one task never travel in two waves at once: the second wave would wait for the first one's locks, and events of the
/// task could come out of order. The pile is bounded by the slots of the engine, since a slot is free again only for a
/// new claim.
final class OutcomeQueue {
    /// Fewer outcomes are worth no wave of their own while another one is in flight (measured: docs/performance.md).
    static final int FURTHER_WAVE_MIN = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Outcome> outcomes = new ArrayDeque<>();
    private final DueTimes dueTimes = new DueTimes();
    private final Set<TaskId> travelling = new HashSet<>();
    private int waves;
    private boolean wakeUp;
    private boolean asked;
    private boolean ending;

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

    /// Asks for a wave although no outcome waits: work may be ready that no wave knows of.
    void wake() {
        wake(true);
    }

    /// Asks for a wave although no outcome waits: something is left to be claimed, and it is known where.
    void wakeForRest() {
        wake(false);
    }

    private void wake(boolean asks) {
        lock.lock();
        try {
            wakeUp = true;
            asked |= asks;
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
    /// `limit` has passed; beside a wave in flight, many outcomes. Then takes up to `max` outcomes.
    ///
    /// Who takes outcomes sends them, and then calls [#answered] with what it has taken.
    List<Outcome> take(int max, Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            while (!hasReason()) {
                long now = System.nanoTime();
                if (waves > 0) {
                    // Who has sent the wave in flight comes back by itself, mostly at once.
                    changed.await(limit.toNanos(), TimeUnit.NANOSECONDS);
                    deadline = System.nanoTime() + limit.toNanos();
                } else if (dueTimes.takeDue(now) || now - deadline >= 0) {
                    asked = true;
                    break;
                } else {
                    Duration wait = dueTimes.untilNext(now, Duration.ofNanos(deadline - now));
                    changed.await(Math.max(1, wait.toNanos()), TimeUnit.NANOSECONDS);
                }
            }
            // The wave of these outcomes may be one that looks for the steps of one task only: another one follows.
            wakeUp = dueTimes.takeDue(System.nanoTime());
            asked |= wakeUp;
            waves++;
            return takeReady(max);
        } finally {
            lock.unlock();
        }
    }

    /// Whether, since the last call, work may have become ready that no wave knows of: somebody said so, a step was due
    /// again, or the limit has passed.
    boolean takeAsked() {
        lock.lock();
        try {
            boolean was = asked;
            asked = false;
            return was;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasReason() {
        if (ending) {
            return outcomes.isEmpty() || ready(1) > 0;
        }
        return waves > 0 ? ready(FURTHER_WAVE_MIN) == FURTHER_WAVE_MIN : wakeUp || ready(1) > 0;
    }

    /// From now on nobody waits for outcomes to come.
    void end() {
        lock.lock();
        try {
            ending = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// A wave with these outcomes is over; those that it did not record have been put back. Who calls this takes what
    /// waits next, so nobody else is woken for it.
    void answered(List<Outcome> taken) {
        lock.lock();
        try {
            waves--;
            taken.forEach(outcome -> travelling.remove(outcome.task()));
            if (ending) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// How many outcomes may travel now, counted up to `enough`.
    private int ready(int enough) {
        int ready = 0;
        for (Outcome outcome : outcomes) {
            if (!travelling.contains(outcome.task()) && ++ready == enough) {
                break;
            }
        }
        return ready;
    }

    private List<Outcome> takeReady(int max) {
        List<Outcome> taken = new ArrayList<>();
        Iterator<Outcome> waiting = outcomes.iterator();
        while (taken.size() < max && waiting.hasNext()) {
            Outcome outcome = waiting.next();
            if (!travelling.contains(outcome.task())) {
                taken.add(outcome);
                waiting.remove();
            }
        }
        taken.stream().map(Outcome::task).filter(Objects::nonNull).forEach(travelling::add);
        return taken;
    }
}
