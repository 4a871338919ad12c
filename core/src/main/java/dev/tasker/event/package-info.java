/// Events: what the process that commits something tells its subscribers, once, after the commit.
///
/// [EventCatalog] has all names, [EventPublisher] is the one publisher, [TransitionEvents] the way to it for
/// whoever changes a state. Subscribers come from code or from [SubscriptionFiles]. Read [LifecycleEvent] first.
@NullMarked
package dev.tasker.event;

import org.jspecify.annotations.NullMarked;
