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
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/// The handlers of this engine, and the hosts that run them. Safe from any thread.
final class LoadedHandlers {
    private final Map<HandlerRuntime, HandlerHost> hosts = new EnumMap<>(HandlerRuntime.class);
    private final JavaHandlerHost javaHost;
    private final HandlerRegistry registry;

    LoadedHandlers(int javaSlots, Collection<HandlerHost> guests, HandlerRegistry registry) {
        this.javaHost = new JavaHandlerHost(javaSlots);
        this.registry = registry;
        hosts.put(HandlerRuntime.JAVA, javaHost);
        guests.forEach(host -> hosts.put(host.runtime(), host));
    }

    /// Adds a Java handler that was found by other means than its template.
    void add(JavaHandlerFactory factory) {
        javaHost.add(factory);
        registry.add(factory.source());
    }

    /// Loads those handlers of a template whose runtime is named.
    ///
    /// @throws HandlerLoadException a handler that cannot be loaded
    void load(Template template, Set<HandlerRuntime> runtimes) {
        for (StepTemplate step : template.steps()) {
            HandlerKey key = step.handlerKey();
            if (runtimes.contains(key.runtime()) && !isRegistered(template, step)) {
                HandlerSource source =
                        new HandlerSource(key, template.handlerPath(step).orElse(null));
                host(key).load(source);
                registry.add(source);
            }
        }
    }

    void withdraw(HandlerKey key) {
        registry.remove(key);
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

    private boolean isRegistered(Template template, StepTemplate step) {
        return step.handlerKey().runtime() == HandlerRuntime.JAVA
                && template.handlerPath(step).isEmpty()
                && registry.has(step.handlerKey());
    }
}
