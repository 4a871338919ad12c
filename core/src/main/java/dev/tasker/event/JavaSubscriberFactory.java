package dev.tasker.event;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes subscribers of Java classes, which have a public constructor that takes the `config` as a map, or none.
public final class JavaSubscriberFactory implements SubscriberFactory {
    private static final String PREFIX = "java:";

    private final ClassLoader loader;

    public JavaSubscriberFactory(ClassLoader loader) {
        this.loader = loader;
    }

    @Override
    public Subscriber make(SubscriptionDeclaration declaration) {
        String name = declaration.subscriberClass().startsWith(PREFIX)
                ? declaration.subscriberClass().substring(PREFIX.length())
                : declaration.subscriberClass();
        Class<?> type = load(declaration, name);
        if (!Subscriber.class.isAssignableFrom(type)) {
            throw refused(
                    declaration,
                    ErrorCode.SUBSCRIPTION_INVALID,
                    name + " does not implement " + Subscriber.class,
                    null);
        }
        try {
            return (Subscriber) instance(declaration, type);
        } catch (InvocationTargetException problem) {
            throw refused(
                    declaration,
                    ErrorCode.SUBSCRIPTION_INVALID,
                    "the constructor of " + name + " failed: " + problem.getCause(),
                    problem);
        } catch (ReflectiveOperationException problem) {
            throw refused(
                    declaration, ErrorCode.SUBSCRIPTION_INVALID, "cannot make a " + name + ": " + problem, problem);
        }
    }

    private Class<?> load(SubscriptionDeclaration declaration, String name) {
        try {
            return Class.forName(name, true, loader);
        } catch (ClassNotFoundException | LinkageError problem) {
            throw refused(
                    declaration,
                    ErrorCode.SUBSCRIBER_CLASS_MISSING,
                    "cannot load class " + name + ": " + problem,
                    problem);
        }
    }

    private static Object instance(SubscriptionDeclaration declaration, Class<?> type)
            throws ReflectiveOperationException {
        for (Constructor<?> constructor : type.getConstructors()) {
            if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Map.class) {
                return constructor.newInstance(declaration.config());
            }
        }
        return type.getConstructor().newInstance();
    }

    private static InvalidRequestException refused(
            SubscriptionDeclaration declaration, ErrorCode code, String reason, @Nullable Throwable cause) {
        return new InvalidRequestException(
                code,
                declaration.place() + ": subscription `" + declaration.name() + "`: " + reason,
                Map.of("subscription", declaration.name(), "place", declaration.place()),
                cause);
    }
}
