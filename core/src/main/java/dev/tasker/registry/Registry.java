package dev.tasker.registry;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.event.EventPublisher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Entries by key, in the order of registration. Safe from any thread.
///
/// A registration is checked before anything changes: one that is refused leaves everything as it was. Events are
/// published after the change, outside the lock.
public final class Registry<K, V> {
    private final RegistryRules<K, V> rules;
    private final EventPublisher publisher;
    private final Map<K, V> entries = new LinkedHashMap<>();
    private long registered;
    private long replaced;
    private long unregistered;
    private long refused;

    Registry(RegistryRules<K, V> rules, EventPublisher publisher) {
        this.rules = rules;
        this.publisher = publisher;
    }

    public String name() {
        return rules.name();
    }

    /// Adds one entry.
    ///
    /// @throws InvalidRequestException REGISTRATION_INVALID
    /// @throws ConflictException REGISTRATION_DUPLICATE: the key is taken, and it is not to be replaced
    public void register(K key, V value, boolean replace) {
        registerAll(Map.of(key, value), replace);
    }

    /// Adds entries, all or none.
    public void registerAll(Map<K, V> added, boolean replace) {
        added.forEach(this::check);
        synchronized (this) {
            if (!replace) {
                added.keySet().stream().filter(entries::containsKey).findFirst().ifPresent(this::refuseDuplicate);
            }
            added.forEach((key, value) -> {
                boolean isNew = entries.put(key, value) == null;
                registered += isNew ? 1 : 0;
                replaced += isNew ? 0 : 1;
            });
        }
        added.forEach((key, value) -> publish("registered", key, value));
    }

    /// Removes an entry.
    ///
    /// @return what it was
    public Optional<V> unregister(K key) {
        Optional<V> removed;
        synchronized (this) {
            removed = Optional.ofNullable(entries.remove(key));
            unregistered += removed.isPresent() ? 1 : 0;
        }
        removed.ifPresent(value -> publish("unregistered", key, value));
        return removed;
    }

    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key));
    }

    /// A copy of all entries.
    public synchronized Map<K, V> entries() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    public synchronized Statistics statistics() {
        return new Statistics(rules.name(), entries.size(), registered, replaced, unregistered, refused);
    }

    /// Checks every entry again.
    public Health health() {
        List<String> problems = new ArrayList<>();
        entries()
                .forEach((key, value) ->
                        rules.defectOf(key, value).ifPresent(defect -> problems.add(key + ": " + defect)));
        return new Health(rules.name(), problems);
    }

    private void check(K key, V value) {
        Optional<String> defect = rules.defectOf(key, value);
        if (defect.isPresent()) {
            synchronized (this) {
                refused++;
            }
            publisher.publish(
                    rules.eventPrefix() + ".validation_failed",
                    Map.of("name", key.toString(), "error_message", defect.get()));
            throw new InvalidRequestException(
                    ErrorCode.REGISTRATION_INVALID,
                    "cannot register " + key + " in " + rules.name() + ": " + defect.get(),
                    Map.of("registry", rules.name(), "name", key.toString()));
        }
    }

    private void refuseDuplicate(K key) {
        refused++;
        throw new ConflictException(
                ErrorCode.REGISTRATION_DUPLICATE,
                key + " is registered in " + rules.name() + " already; unregister it first, or replace it",
                Map.of("registry", rules.name(), "name", key.toString()));
    }

    private void publish(String what, K key, V value) {
        String name = rules.eventPrefix() + "." + what;
        if (publisher.hasSubscriber(name)) {
            publisher.publish(name, rules.facts(key, value));
        }
    }

    /// Counts since the start of the process.
    public record Statistics(
            String registry, int entries, long registered, long replaced, long unregistered, long refused) {}

    /// What a check found.
    public record Health(String registry, List<String> problems) {
        public Health {
            problems = List.copyOf(problems);
        }

        public boolean isHealthy() {
            return problems.isEmpty();
        }
    }
}
