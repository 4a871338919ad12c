package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.event.Subscriber;
import dev.tasker.event.SubscriberFactory;
import dev.tasker.event.SubscriptionDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.util.Map;

/// Makes subscribers of Ruby, Python and JavaScript classes, which the hosts of the engine run; leaves Java classes
/// to another factory. Safe from any thread.
final class GuestSubscriberFactory implements SubscriberFactory {
    private final LoadedHandlers handlers;
    private final SubscriberFactory java;

    GuestSubscriberFactory(LoadedHandlers handlers, SubscriberFactory java) {
        this.handlers = handlers;
        this.java = java;
    }

    @Override
    public Subscriber make(SubscriptionDeclaration declaration) {
        if (declaration.runtime() == HandlerRuntime.JAVA) {
            return java.make(declaration);
        }
        HandlerKey key = new HandlerKey(declaration.runtime(), declaration.subscriberClass());
        try {
            HandlerHost host = handlers.host(key);
            host.load(new HandlerSource(key, declaration.handlerFile().orElse(null)));
            return new GuestSubscriber(host, key, declaration, GuestSubscriber.LIMIT);
        } catch (HandlerLoadException problem) {
            throw new InvalidRequestException(
                    problem.code() == ErrorCode.HANDLER_CLASS_MISSING
                            ? ErrorCode.SUBSCRIBER_CLASS_MISSING
                            : ErrorCode.SUBSCRIPTION_INVALID,
                    declaration.place() + ": subscription `" + declaration.name() + "`: " + problem.getMessage(),
                    Map.of("subscription", declaration.name(), "place", declaration.place()),
                    problem);
        }
    }
}
