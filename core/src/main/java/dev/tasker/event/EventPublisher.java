package dev.tasker.event;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands events to the subscribers of this process. Safe from any thread; publishing never blocks and never throws.
///
/// Each subscriber gets its events one by one and in order, on a thread of the executor. One that throws is logged;
/// one that is slow delays only itself, and beyond 10,000 waiting events loses the newest, which is counted.
public final class EventPublisher {
    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);
    /// Names of custom events may be many.
    private static final int NAMES_MAX = 1_000;

    private final InstantSource clock;
    private final Executor deliveries;
    private final List<Mailbox> mailboxes = new CopyOnWriteArrayList<>();
    /// The names that were asked for, and whether somebody listens to them.
    private volatile Map<String, Boolean> heard = new ConcurrentHashMap<>();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    private record Watch(EventFilter filter, Consumer<LifecycleEvent> observer) {}

    /// @param clock      for events that have no time of their own
    /// @param deliveries runs subscribers; it must not run them on the calling thread
    public EventPublisher(InstantSource clock, Executor deliveries) {
        this.clock = clock;
        this.deliveries = deliveries;
    }

    /// Adds a subscriber to every event; closing the result removes it.
    public Subscription subscribe(Consumer<LifecycleEvent> subscriber) {
        return subscribe(EventFilter.all(), subscriber);
    }

    /// Adds a subscriber to some events; closing the result removes it.
    public Subscription subscribe(EventFilter filter, Consumer<LifecycleEvent> subscriber) {
        return subscribe(filter, new Subscriber() {
            @Override
            public String name() {
                return subscriber.getClass().getName();
            }

            @Override
            public Set<String> events() {
                return Set.copyOf(filter.patterns());
            }

            @Override
            public void accept(LifecycleEvent event) {
                subscriber.accept(event);
            }
        });
    }

    /// Adds a subscriber to the events that it names.
    public Subscription subscribe(Subscriber subscriber) {
        return subscribe(EventFilter.of(subscriber.events()), subscriber);
    }

    /// Adds a subscriber to other events than it names.
    public Subscription subscribe(EventFilter filter, Subscriber subscriber) {
        Mailbox mailbox = new Mailbox(subscriber, filter, deliveries);
        mailboxes.add(mailbox);
        forgetNames();
        return () -> {
            mailboxes.remove(mailbox);
            forgetNames();
            mailbox.close();
        };
    }

    /// Adds an observer that is called on the publishing thread: it must only set a flag or wake a thread.
    public Subscription watch(EventFilter filter, Consumer<LifecycleEvent> observer) {
        Watch watch = new Watch(filter, observer);
        watches.add(watch);
        forgetNames();
        return () -> {
            watches.remove(watch);
            forgetNames();
        };
    }

    /// A new map, and not an empty one: whoever looks through the subscribers that were there before, keeps what he
    /// found
    /// in the old one.
    private void forgetNames() {
        heard = new ConcurrentHashMap<>();
    }

    /// Whether anybody listens to this name: otherwise no payload needs to be built.
    public boolean hasSubscriber(String name) {
        Map<String, Boolean> known = heard;
        Boolean isHeard = known.get(name);
        if (isHeard == null) {
            isHeard = isHeard(name);
            if (known.size() < NAMES_MAX) {
                known.put(name, isHeard);
            }
        }
        return isHeard;
    }

    private boolean isHeard(String name) {
        return mailboxes.stream().anyMatch(mailbox -> mailbox.filter().mayMatch(name))
                || watches.stream().anyMatch(watch -> watch.filter().mayMatch(name));
    }

    /// Whether anybody listens to anything.
    public boolean hasSubscribers() {
        return !mailboxes.isEmpty() || !watches.isEmpty();
    }

    public void publish(LifecycleEvent event) {
        for (Watch watch : watches) {
            observe(watch, event);
        }
        for (Mailbox mailbox : mailboxes) {
            if (mailbox.filter().mayMatch(event.name())) {
                mailbox.offer(event);
            }
        }
    }

    /// Publishes an event that is built only where somebody listens.
    public void publish(String name, Supplier<LifecycleEvent> event) {
        if (!hasSubscriber(name)) {
            return;
        }
        try {
            publish(event.get());
        } catch (RuntimeException problem) {
            log.atError().setCause(problem).addKeyValue("event", name).log("an event could not be built");
        }
    }

    /// Publishes an event that happened now and is about no task.
    public void publish(String name, Map<String, ? extends @Nullable Object> payload) {
        publish(name, () -> LifecycleEvent.of(name, now(), EventSubject.NONE, payload));
    }

    /// The time of the engine.
    public Instant now() {
        return clock.instant();
    }

    /// How far the subscribers are.
    public List<Delivery> deliveries() {
        return mailboxes.stream().map(Mailbox::statistics).toList();
    }

    /// Waits until the subscribers have got everything that was published so far.
    ///
    /// @return whether they had within the limit
    public boolean awaitDelivery(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            boolean idle = true;
            for (Mailbox mailbox : mailboxes) {
                idle &= mailbox.awaitIdle(deadline);
            }
            return idle;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void observe(Watch watch, LifecycleEvent event) {
        try {
            if (watch.filter().matches(event)) {
                watch.observer().accept(event);
            }
        } catch (RuntimeException problem) {
            log.atWarn().setCause(problem).addKeyValue("event", event.name()).log("observer failed");
        }
    }

    /// What one subscriber has got.
    ///
    /// @param waiting   not delivered yet
    /// @param delivered without an exception
    /// @param dropped   because too many waited
    public record Delivery(String subscriber, int waiting, long delivered, long failed, long dropped) {}

    /// Ends a subscription.
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
