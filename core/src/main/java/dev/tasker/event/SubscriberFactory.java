package dev.tasker.event;

/// Makes the subscriber that a file declares. Safe from any thread.
@FunctionalInterface
public interface SubscriberFactory {
    /// Makes one subscriber.
    ///
    /// @throws dev.tasker.error.TaskerException SUBSCRIBER_CLASS_MISSING or SUBSCRIPTION_INVALID
    Subscriber make(SubscriptionDeclaration declaration);
}
