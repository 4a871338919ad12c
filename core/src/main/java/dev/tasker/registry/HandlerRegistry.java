package dev.tasker.registry;

import dev.tasker.event.EventPublisher;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The handlers that this process has loaded, and where from. Safe from any thread.
public final class HandlerRegistry {
    private final Registry<HandlerKey, HandlerSource> registry;

    private static final class Rules implements RegistryRules<HandlerKey, HandlerSource> {
        @Override
        public String name() {
            return "handlers";
        }

        @Override
        public String eventPrefix() {
            return "handler";
        }

        @Override
        public Optional<String> defectOf(HandlerKey key, HandlerSource source) {
            return key.equals(source.key()) ? Optional.empty() : Optional.of("the source is one of " + source.key());
        }

        @Override
        public Map<String, @Nullable Object> facts(HandlerKey key, HandlerSource source) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("name", key.toString());
            facts.put("runtime", key.runtime().key());
            Path file = source.file();
            facts.put("source", file == null ? null : file.toString());
            return facts;
        }
    }

    public HandlerRegistry(EventPublisher publisher) {
        this.registry = new Registry<>(new Rules(), publisher);
    }

    /// Notes a handler that was loaded; the same source again changes nothing.
    public void add(HandlerSource source) {
        if (!registry.get(source.key()).equals(Optional.of(source))) {
            registry.register(source.key(), source, true);
        }
    }

    public void remove(HandlerKey key) {
        registry.unregister(key);
    }

    public boolean has(HandlerKey key) {
        return registry.get(key).isPresent();
    }

    public Set<HandlerKey> keys() {
        return registry.entries().keySet();
    }

    /// Where the code of a handler is.
    public Optional<HandlerSource> source(HandlerKey key) {
        return registry.get(key);
    }

    /// The handlers of each language that has any.
    public Map<HandlerRuntime, List<HandlerSource>> byRuntime() {
        Map<HandlerRuntime, List<HandlerSource>> groups = new EnumMap<>(HandlerRuntime.class);
        for (HandlerRuntime runtime : HandlerRuntime.values()) {
            List<HandlerSource> sources = registry.entries().values().stream()
                    .filter(source -> source.key().runtime() == runtime)
                    .toList();
            if (!sources.isEmpty()) {
                groups.put(runtime, sources);
            }
        }
        return groups;
    }

    public Registry<HandlerKey, HandlerSource> registry() {
        return registry;
    }
}
