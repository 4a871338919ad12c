package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.event.CustomEventFiles;
import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventDefinition;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.event.JavaSubscriberFactory;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.Subscriber;
import dev.tasker.event.SubscriberFactory;
import dev.tasker.event.SubscriptionDeclaration;
import dev.tasker.event.SubscriptionFiles;
import dev.tasker.event.TransitionEvents;
import dev.tasker.registry.SubscriberRegistry;
import dev.tasker.runtime.DurableDelivery.Timing;
import dev.tasker.store.Database;
import dev.tasker.store.EventSubscriberStore;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskTransitions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who listens to an engine: subscribers of this process, durable ones, and the custom events. Safe from
/// any thread.
public final class Subscribers {
    private static final Duration END_MAX = Duration.ofSeconds(5);
    private static final Set<String> TRANSITIONS = Stream.concat(
                    TaskTransitions.TABLE.transitions().stream(), StepTransitions.TABLE.transitions().stream())
            .map(move -> move.eventName())
            .collect(Collectors.toUnmodifiableSet());

    private final EventPublisher publisher;
    private final EventSubscriberStore store;
    private final SubscriberRegistry registry;
    private final LoadedHandlers handlers;
    private final TaskerConfig config;
    private final Timing timing;
    private final EventCatalog catalog = new EventCatalog();
    private final Map<String, DurableDelivery> durable = new ConcurrentHashMap<>();

    Subscribers(
            EventPublisher publisher,
            Database database,
            Known known,
            TaskerConfig config,
            ScheduledExecutorService timer) {
        this.publisher = publisher;
        this.store = new EventSubscriberStore(database);
        this.registry = known.registry();
        this.handlers = known.handlers();
        this.config = config;
        this.timing = new Timing(config.lease(), config.pollInterval(), timer);
    }

    /// Where a durable subscriber that is not known yet begins.
    public enum Start {
        /// With what the audit trail still has.
        BEGINNING,
        /// With what comes.
        END
    }

    /// All events that there are, and custom ones that were declared.
    public EventCatalog catalog() {
        return catalog;
    }

    /// Adds a subscriber under its name; closing the result removes it.
    ///
    /// @throws dev.tasker.error.ConflictException REGISTRATION_DUPLICATE: the name is taken
    public Subscription add(Subscriber subscriber) {
        return add(subscriber, EventFilter.of(subscriber.events()), source(subscriber));
    }

    /// The same for other events than it names.
    public Subscription add(Subscriber subscriber, EventFilter filter) {
        return add(subscriber, filter, source(subscriber));
    }

    /// Adds a durable subscriber: it gets every transition at least once, in the order of commits, also what other
    /// processes commit and what was committed while it was away. Of all processes that add it under this name, one
    /// delivers. Closing the result stops it here and keeps its position.
    ///
    /// @throws InvalidRequestException SUBSCRIPTION_INVALID: it asks for events that are no transitions
    /// @throws dev.tasker.error.ConflictException REGISTRATION_DUPLICATE: the name is taken in this process
    public Subscription addDurable(Subscriber subscriber, EventFilter filter, Start start) {
        return addDurable(subscriber, filter, start, source(subscriber));
    }

    /// Adds a subscriber as a declaration says; one of another language runs in its host of this engine. Closing the
    /// result removes it.
    ///
    /// @throws dev.tasker.error.TaskerException SUBSCRIPTION_INVALID, SUBSCRIBER_CLASS_MISSING or
    ///     REGISTRATION_DUPLICATE
    public Subscription add(SubscriptionDeclaration declaration) {
        return add(declared(declaration, factory(javaOfTasker())));
    }

    /// Forgets the position of a durable subscriber that runs nowhere any more.
    ///
    /// @return whether it was known
    public boolean forget(String name) {
        return store.remove(name);
    }

    /// The durable subscribers of this database, and how far they are.
    public List<EventSubscriberStore.Stored> durable() {
        return store.list();
    }

    /// Adds the enabled subscribers of the YAML files in a folder, all or none. Those of other languages run in the
    /// hosts of this engine.
    ///
    /// @param java makes those that name no other runtime
    /// @return closing them removes them
    /// @throws dev.tasker.error.TaskerException SUBSCRIPTION_INVALID, SUBSCRIBER_CLASS_MISSING or
    ///     REGISTRATION_DUPLICATE, with file and line
    public List<Subscription> load(Path folder, SubscriberFactory java) {
        SubscriberFactory factory = factory(java);
        List<Declared> made = SubscriptionFiles.read(folder).stream()
                .filter(SubscriptionDeclaration::enabled)
                .map(declaration -> declared(declaration, factory))
                .toList();
        List<Subscription> added = new ArrayList<>();
        try {
            made.forEach(subscriber -> added.add(add(subscriber)));
            return added;
        } catch (RuntimeException problem) {
            added.forEach(Subscription::close);
            throw problem;
        }
    }

    /// The same with the Java classes that are on the class path of Tasker.
    public List<Subscription> load(Path folder) {
        return load(folder, javaOfTasker());
    }

    private SubscriberFactory factory(SubscriberFactory java) {
        return new GuestSubscriberFactory(handlers, java);
    }

    private static SubscriberFactory javaOfTasker() {
        return new JavaSubscriberFactory(Subscribers.class.getClassLoader());
    }

    private static Declared declared(SubscriptionDeclaration declaration, SubscriberFactory factory) {
        return new Declared(declaration, new Renamed(declaration, factory.make(declaration)));
    }

    /// Declares the custom events of the YAML files in a folder, all or none.
    ///
    /// @return how many were new
    public int loadEvents(Path folder) {
        return catalog.registerAll(CustomEventFiles.read(folder));
    }

    /// Declares the custom events of a template.
    void declare(Template template) {
        List<EventDefinition> events = new ArrayList<>();
        String firedBy =
                "template " + template.key().namespace() + "." + template.key().name();
        addEvents(events, template.configuration().get("custom_events"), firedBy);
        for (StepTemplate step : template.steps()) {
            addEvents(events, step.customEvents(), firedBy + ", step " + step.name());
        }
        catalog.registerAll(events);
    }

    /// Lets subscribers get what was published, up to a limit, and stops the durable ones.
    void close() {
        durable.values().forEach(delivery -> delivery.close(END_MAX));
        durable.clear();
        publisher.awaitDelivery(END_MAX);
    }

    private Subscription add(Declared declared) {
        EventFilter filter = declared.declaration().filter(declared.subscriber());
        String place = declared.declaration().place();
        return declared.declaration().durable()
                ? addDurable(declared.subscriber(), filter, Start.END, place)
                : add(declared.subscriber(), filter, place);
    }

    private Subscription add(Subscriber subscriber, EventFilter filter, String source) {
        String name = subscriber.name();
        registry.registry().register(name, new SubscriberRegistry.Entry(name, filter, source, false), false);
        Subscription subscription = publisher.subscribe(filter, subscriber);
        return () -> {
            subscription.close();
            registry.registry().unregister(name);
        };
    }

    private Subscription addDurable(Subscriber subscriber, EventFilter filter, Start start, String source) {
        checkTransitions(filter);
        String name = subscriber.name();
        registry.registry().register(name, new SubscriberRegistry.Entry(name, filter, source, true), false);
        try {
            store.register(name, filter.patterns(), start == Start.BEGINNING);
        } catch (RuntimeException problem) {
            registry.registry().unregister(name);
            throw problem;
        }
        durable.put(
                name,
                new DurableDelivery(store, subscriber, filter, config.worker().value(), timing));
        return () -> {
            DurableDelivery delivery = durable.remove(name);
            if (delivery != null) {
                delivery.close(END_MAX);
            }
            registry.registry().unregister(name);
        };
    }

    private static void checkTransitions(EventFilter filter) {
        for (String pattern : filter.patterns()) {
            EventFilter one = EventFilter.of(pattern);
            if (TRANSITIONS.stream().noneMatch(one::mayMatch)) {
                throw new InvalidRequestException(
                        ErrorCode.SUBSCRIPTION_INVALID,
                        "`" + pattern + "` is stored nowhere, so no durable subscriber can get it; durable are the "
                                + "transitions of tasks and steps: "
                                + String.join(
                                        ", ", TRANSITIONS.stream().sorted().toList())
                                + " (a new task, `" + TransitionEvents.CREATED + "`, is no transition)",
                        Map.of("pattern", pattern));
            }
        }
    }

    private static void addEvents(List<EventDefinition> events, @Nullable Object declared, String firedBy) {
        if (declared instanceof List<?> list) {
            for (Object entry : list) {
                if (entry instanceof Map<?, ?> map) {
                    Object description = map.get("description");
                    events.add(EventCatalog.custom(
                            String.valueOf(map.get("name")),
                            description == null ? "" : description.toString(),
                            firedBy));
                }
            }
        }
    }

    private static String source(Subscriber subscriber) {
        return subscriber.getClass().getName();
    }

    /// What the engine has loaded.
    record Known(SubscriberRegistry registry, LoadedHandlers handlers) {}

    private record Declared(SubscriptionDeclaration declaration, Subscriber subscriber) {}

    /// A subscriber under the name that its file gives it.
    private record Renamed(SubscriptionDeclaration declaration, Subscriber subscriber) implements Subscriber {
        @Override
        public String name() {
            return declaration.name();
        }

        @Override
        public Set<String> events() {
            return subscriber.events();
        }

        @Override
        public void accept(LifecycleEvent event) throws Exception {
            subscriber.accept(event);
        }
    }
}
