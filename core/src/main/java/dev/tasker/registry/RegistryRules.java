package dev.tasker.registry;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is special about one registry.
interface RegistryRules<K, V> {
    /// As in statistics: `handlers`.
    String name();

    /// As in the names of its events: `handler` for `handler.registered`.
    String eventPrefix();

    /// Why an entry cannot be used; empty where it can.
    Optional<String> defectOf(K key, V value);

    /// What the events tell of an entry.
    Map<String, @Nullable Object> facts(K key, V value);
}
