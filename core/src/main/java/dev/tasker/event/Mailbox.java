package dev.tasker.event;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The events that one subscriber has yet to get. Safe from any thread.
///
/// While it is not empty, one task of the executor hands them over, one by one. A subscriber that is too slow loses
/// the newest events, and holds up nobody else.
final class Mailbox {
    /// More events than this do not wait.
    static final int EVENTS_MAX = 10_000;

    private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

    private final Subscriber subscriber;
    private final EventFilter filter;
    private final Executor deliveries;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final Deque<LifecycleEvent> waiting = new ArrayDeque<>();
    private boolean delivering;
    private boolean closed;
    private long delivered;
    private long failed;
    private long dropped;

    Mailbox(Subscriber subscriber, EventFilter filter, Executor deliveries) {
        this.subscriber = subscriber;
        this.filter = filter;
        this.deliveries = deliveries;
    }

    EventFilter filter() {
        return filter;
    }

    void offer(LifecycleEvent event) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (waiting.size() >= EVENTS_MAX) {
                drop(event);
                return;
            }
            waiting.addLast(event);
            if (!delivering) {
                delivering = true;
                startDelivery();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until everything was handed over.
    boolean awaitIdle(long deadlineNanos) throws InterruptedException {
        lock.lock();
        try {
            while (delivering && !closed) {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                idle.await(left, TimeUnit.NANOSECONDS);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    EventPublisher.Delivery statistics() {
        lock.lock();
        try {
            return new EventPublisher.Delivery(subscriber.name(), waiting.size(), delivered, failed, dropped);
        } finally {
            lock.unlock();
        }
    }

    private void startDelivery() {
        try {
            deliveries.execute(this::deliver);
        } catch (RejectedExecutionException problem) {
            delivering = false;
            waiting.clear();
            log.atWarn()
                    .setCause(problem)
                    .addKeyValue("subscriber", subscriber.name())
                    .log("events were not delivered");
        }
    }

    private void deliver() {
        for (LifecycleEvent event = next(); event != null; event = next()) {
            boolean taken = handOver(event);
            lock.lock();
            try {
                delivered += taken ? 1 : 0;
                failed += taken ? 0 : 1;
            } finally {
                lock.unlock();
            }
        }
    }

    private @Nullable LifecycleEvent next() {
        lock.lock();
        try {
            LifecycleEvent event = waiting.pollFirst();
            if (event == null) {
                delivering = false;
                idle.signalAll();
            }
            return event;
        } finally {
            lock.unlock();
        }
    }

    private boolean handOver(LifecycleEvent event) {
        try {
            if (filter.matches(event)) {
                subscriber.accept(event);
            }
            return true;
        } catch (Throwable problem) {
            // Errors too: a subscriber must not end the delivery of the events that follow.
            // The place in a guest's code is in the message.
            boolean isToldOf = problem instanceof RetryableError || problem instanceof PermanentError;
            log.atWarn()
                    .setCause(isToldOf ? null : problem)
                    .addKeyValue("reason", problem.getMessage())
                    .addKeyValue("subscriber", subscriber.name())
                    .addKeyValue("event", event.name())
                    .addKeyValue("task_id", event.task())
                    .log("subscriber failed");
            return false;
        }
    }

    private void drop(LifecycleEvent event) {
        dropped++;
        if (dropped % EVENTS_MAX == 1) {
            log.atWarn()
                    .addKeyValue("subscriber", subscriber.name())
                    .addKeyValue("event", event.name())
                    .addKeyValue("dropped", dropped)
                    .log("subscriber is too slow; events are dropped");
        }
    }
}
