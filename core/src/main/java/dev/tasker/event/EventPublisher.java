package dev.tasker.event;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands events to the subscribers of this process. Safe from any thread.
///
/// Subscribers run on the publishing thread, in the order of subscription, and must return quickly. One that throws
/// is logged and never fails the workflow.
public final class EventPublisher {
    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);

    private final List<Consumer<LifecycleEvent>> subscribers = new CopyOnWriteArrayList<>();

    /// Adds a subscriber; closing the result removes it.
    public Subscription subscribe(Consumer<LifecycleEvent> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    public void publish(LifecycleEvent event) {
        for (Consumer<LifecycleEvent> subscriber : subscribers) {
            try {
                subscriber.accept(event);
            } catch (RuntimeException problem) {
                log.atWarn()
                        .setCause(problem)
                        .addKeyValue("event", event.name())
                        .addKeyValue("task_id", event.task())
                        .log("subscriber failed");
            }
        }
    }

    /// Ends a subscription.
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
