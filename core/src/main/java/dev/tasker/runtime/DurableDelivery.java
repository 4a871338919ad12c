package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPosition;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.StoredTransition;
import dev.tasker.event.Subscriber;
import dev.tasker.store.EventSubscriberStore;
import dev.tasker.store.EventSubscriberStore.Batch;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Delivers the audit trail to one durable subscriber, in the order of commits, at least once.
///
/// One thread of its own. Of all processes that have the subscriber only the one with its lease delivers; when that
/// one dies, another goes on from the stored position. An event whose subscriber throws comes again after a pause,
/// and nothing overtakes it.
final class DurableDelivery {
    /// So many transitions are read at once, and delivered again after a crash.
    static final int BATCH = 500;

    private static final Logger log = LoggerFactory.getLogger(DurableDelivery.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(500);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(30);
    /// What others wrote in the meantime is read without an index.
    private static final Duration SUMMARY_INTERVAL = Duration.ofSeconds(10);
    /// An empty stretch shorter than this is not worth a write.
    private static final long STRETCH_MIN = 1_000;

    private final EventSubscriberStore store;
    private final Subscriber subscriber;
    private final EventFilter filter;
    private final Timing timing;
    private final String owner;
    private final Thread thread;
    private final ScheduledFuture<?> renewal;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private volatile boolean held;
    private volatile boolean stopping;
    private @Nullable EventPosition confirmed;
    private Duration pause = PAUSE_MIN;
    private long summarizedNanos = System.nanoTime();

    /// How often it looks and how long its lease is.
    record Timing(Duration lease, Duration poll, ScheduledExecutorService timer) {}

    DurableDelivery(
            EventSubscriberStore store, Subscriber subscriber, EventFilter filter, String worker, Timing timing) {
        this.store = store;
        this.subscriber = subscriber;
        this.filter = filter;
        this.timing = timing;
        // Unique: an owner that lost its lease must not be taken for its successor in the same process.
        this.owner = worker + "/" + UUID.randomUUID();
        this.thread = Thread.ofPlatform()
                .name("tasker-events-" + subscriber.name())
                .daemon()
                .unstarted(this::run);
        long third = Math.max(1, timing.lease().toMillis() / 3);
        this.renewal = timing.timer().scheduleWithFixedDelay(this::renew, third, third, TimeUnit.MILLISECONDS);
        thread.start();
    }

    /// Lets the event that is being delivered end, up to a limit, and gives the lease back.
    void close(Duration limit) {
        lock.lock();
        try {
            stopping = true;
            stop.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            // A subscriber may end its own subscription.
            if (!thread.equals(Thread.currentThread()) && !thread.join(limit)) {
                thread.interrupt();
                thread.join(limit);
            }
        } catch (InterruptedException _) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        renewal.cancel(false);
        giveBack();
    }

    private void run() {
        while (!stopping) {
            try {
                turn();
            } catch (InterruptedException _) {
                return;
            } catch (StoreUnavailableException problem) {
                log.atWarn()
                        .addKeyValue("reason", problem.getMessage())
                        .addKeyValue("subscriber", name())
                        .log("the database did not answer");
                rest(PAUSE_MIN);
            } catch (Throwable problem) {
                log.atError()
                        .setCause(problem)
                        .addKeyValue("subscriber", name())
                        .log("a turn of delivery failed");
                rest(PAUSE_MAX);
            }
        }
    }

    private void turn() throws InterruptedException {
        held = held || store.lease(name(), owner, timing.lease());
        if (!held) {
            rest(timing.poll());
            return;
        }
        Optional<Batch> batch = store.read(name(), owner, BATCH);
        if (batch.isEmpty()) {
            held = false;
            return;
        }
        boolean whole = deliver(batch.get());
        if (!batch.get().transitions().isEmpty()) {
            summarize();
        }
        if (whole && batch.get().end().isPresent()) {
            skipTo(batch.get().end().get());
            rest(timing.poll());
        }
    }

    /// @return whether all of it was delivered
    private boolean deliver(Batch batch) throws InterruptedException {
        EventPosition last = null;
        try {
            for (StoredTransition transition : batch.transitions()) {
                if (stopping || !held) {
                    return false;
                }
                handOver(transition);
                last = transition.position();
            }
            pause = PAUSE_MIN;
            return true;
        } catch (DeliveryFailure failure) {
            confirm(last);
            last = null;
            retryLater(failure);
            return false;
        } finally {
            confirm(last);
        }
    }

    private void handOver(StoredTransition transition) throws DeliveryFailure, InterruptedException {
        Optional<LifecycleEvent> event = transition.toEvent();
        if (event.isEmpty()) {
            log.atError()
                    .addKeyValue("position", transition.position())
                    .log("a transition has no event; it is skipped");
            return;
        }
        try {
            if (filter.matches(event.get())) {
                subscriber.accept(event.get());
            }
        } catch (InterruptedException stopped) {
            throw stopped;
        } catch (Exception problem) {
            throw new DeliveryFailure(event.get(), problem);
        }
    }

    private void retryLater(DeliveryFailure failure) {
        log.atWarn()
                .setCause(failure.getCause())
                .addKeyValue("subscriber", name())
                .addKeyValue("event", failure.event.name())
                .addKeyValue("task_id", failure.event.task())
                .addKeyValue("again_in", pause)
                .log("a durable subscriber failed; the event comes again");
        store.failed(name(), owner, String.valueOf(failure.getCause()));
        rest(pause);
        pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
    }

    private void confirm(@Nullable EventPosition position) {
        if (position != null) {
            held = store.confirm(name(), owner, position);
            confirmed = position;
        }
    }

    /// Nothing lies before this place any more; stored now and then, so that it is not looked through again.
    private void skipTo(EventPosition end) {
        EventPosition from = confirmed;
        if (from == null || end.transactionId() - from.transactionId() >= STRETCH_MIN) {
            confirm(end);
        }
    }

    /// The index is a matter of speed only: a role that may not tend it reads all the same.
    private void summarize() {
        if (System.nanoTime() - summarizedNanos < SUMMARY_INTERVAL.toNanos()) {
            return;
        }
        summarizedNanos = System.nanoTime();
        try {
            store.summarize();
        } catch (RuntimeException problem) {
            log.atDebug().setCause(problem).log("the index of transitions was not brought up to date");
        }
    }

    private void renew() {
        if (!held || stopping) {
            return;
        }
        try {
            held = store.lease(name(), owner, timing.lease());
        } catch (RuntimeException problem) {
            log.atWarn().setCause(problem).addKeyValue("subscriber", name()).log("a lease could not be prolonged");
        }
    }

    private void giveBack() {
        try {
            store.release(name(), owner);
        } catch (RuntimeException problem) {
            log.atWarn().setCause(problem).addKeyValue("subscriber", name()).log("a lease ends by itself");
        }
    }

    private void rest(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!stopping && left > 0) {
                left = stop.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private String name() {
        return subscriber.name();
    }

    /// The subscriber threw.
    private static final class DeliveryFailure extends Exception {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        private final transient LifecycleEvent event;

        DeliveryFailure(LifecycleEvent event, Exception cause) {
            super(cause);
            this.event = event;
        }
    }
}
