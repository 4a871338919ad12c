package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.registry.HandlerRegistry;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.Template.TaskHandlerTemplate;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The handlers of this engine, and the hosts that run them. Safe from any thread.
final class LoadedHandlers {
    private final Map<HandlerRuntime, HandlerHost> hosts = new EnumMap<>(HandlerRuntime.class);
    private final JavaHandlerHost javaHost;
    private final HandlerRegistry registry;
    private final Declarations declarations = new Declarations();
    /// Called as hooks; no step is claimed for them.
    private final Set<HandlerKey> taskHandlers = ConcurrentHashMap.newKeySet();

    LoadedHandlers(int javaSlots, Collection<HandlerHost> guests, HandlerRegistry registry) {
        this.javaHost = new JavaHandlerHost(javaSlots);
        this.registry = registry;
        hosts.put(HandlerRuntime.JAVA, javaHost);
        guests.forEach(host -> hosts.put(host.runtime(), host));
    }

    /// Adds a Java handler that was found by other means than its template.
    void add(JavaHandlerFactory factory) {
        javaHost.add(factory);
        declarations.put(factory.source().key(), factory.declaration());
        registry.add(factory.source());
    }

    /// Loads a handler that belongs to no template that is at hand.
    ///
    /// @throws HandlerLoadException it cannot be loaded
    void load(HandlerSource source) {
        declarations.put(source.key(), host(source.key()).load(source));
        registry.add(source);
    }

    /// Loads those handlers of a template whose runtime is named, its task handler included.
    ///
    /// @throws HandlerLoadException a handler that cannot be loaded
    void load(Template template, Set<HandlerRuntime> runtimes) {
        for (StepTemplate step : template.steps()) {
            HandlerKey key = step.handlerKey();
            if (runtimes.contains(key.runtime()) && !isRegistered(key, template.handlerPath(step))) {
                HandlerSource source =
                        new HandlerSource(key, template.handlerPath(step).orElse(null));
                load(source);
            }
        }
        template.taskHandler()
                .filter(handler -> runtimes.contains(handler.key().runtime()))
                .ifPresent(_ -> loadTaskHandler(template));
    }

    /// Loads the task handler of a template, if it has one; one that is loaded stays as it is.
    ///
    /// @throws HandlerLoadException RUNTIME_UNAVAILABLE, or it cannot be loaded
    void loadTaskHandler(Template template) {
        HandlerKey key = template.taskHandler().map(TaskHandlerTemplate::key).orElse(null);
        if (key == null || taskHandlers.contains(key)) {
            return;
        }
        HandlerHost host = hosts.get(key.runtime());
        if (host == null) {
            throw CreationHooks.unavailable(template, key);
        }
        Optional<Path> path = template.taskHandlerPath();
        if (!isRegistered(key, path)) {
            host.load(new HandlerSource(key, path.orElse(null)));
        }
        taskHandlers.add(key);
    }

    /// What the loaded handlers declare.
    Declarations declarations() {
        return declarations;
    }

    /// The task handlers that are loaded.
    Set<HandlerKey> taskHandlers() {
        return Set.copyOf(taskHandlers);
    }

    void withdraw(HandlerKey key) {
        registry.remove(key);
        taskHandlers.remove(key);
    }

    Set<HandlerKey> keys() {
        return registry.keys();
    }

    Map<HandlerRuntime, HandlerHost> hosts() {
        return Collections.unmodifiableMap(hosts);
    }

    Map<HandlerRuntime, Integer> slots() {
        Map<HandlerRuntime, Integer> slots = new EnumMap<>(HandlerRuntime.class);
        hosts.forEach((runtime, host) -> slots.put(runtime, host.slots()));
        return slots;
    }

    /// @throws HandlerLoadException RUNTIME_UNAVAILABLE
    HandlerHost host(HandlerKey key) {
        HandlerHost host = hosts.get(key.runtime());
        if (host == null) {
            throw new HandlerLoadException(
                    ErrorCode.RUNTIME_UNAVAILABLE,
                    "this process has no host for " + key.runtime().key() + ", which handler " + key + " needs",
                    Map.of("handler", key.toString()));
        }
        return host;
    }

    /// Frees what the hosts hold.
    void close() {
        hosts.values().forEach(HandlerHost::close);
    }

    private boolean isRegistered(HandlerKey key, Optional<Path> path) {
        return key.runtime() == HandlerRuntime.JAVA && path.isEmpty() && registry.has(key);
    }
}
