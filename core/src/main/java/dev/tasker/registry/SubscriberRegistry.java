package dev.tasker.registry;

import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The subscribers of this process, by name and by event. Safe from any thread.
public final class SubscriberRegistry {
    private final Registry<String, Entry> registry;

    /// One subscriber.
    ///
    /// @param source a class, or the file and line that declares it
    public record Entry(String name, EventFilter filter, String source, boolean durable) {}

    private static final class Rules implements RegistryRules<String, Entry> {
        private static final int NAME_CHARS_MAX = 128;

        @Override
        public String name() {
            return "subscribers";
        }

        @Override
        public String eventPrefix() {
            return "subscriber";
        }

        @Override
        public Optional<String> defectOf(String name, Entry entry) {
            return name.isBlank() || name.length() > NAME_CHARS_MAX
                    ? Optional.of("its name must have 1 to " + NAME_CHARS_MAX + " characters")
                    : Optional.empty();
        }

        @Override
        public Map<String, @Nullable Object> facts(String name, Entry entry) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("name", name);
            facts.put("source", entry.source());
            facts.put("events", entry.filter().patterns());
            return facts;
        }
    }

    public SubscriberRegistry(EventPublisher publisher) {
        this.registry = new Registry<>(new Rules(), publisher);
    }

    /// Who gets events of this name.
    public List<Entry> byEvent(String name) {
        return registry.entries().values().stream()
                .filter(entry -> entry.filter().mayMatch(name))
                .toList();
    }

    public Registry<String, Entry> registry() {
        return registry;
    }
}
