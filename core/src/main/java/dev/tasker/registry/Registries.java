package dev.tasker.registry;

import dev.tasker.event.EventPublisher;
import dev.tasker.registry.Registry.Health;
import dev.tasker.registry.Registry.Statistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All registries of an engine, and what they have in common: statistics and health. Safe from any thread.
public final class Registries {
    private final EventPublisher publisher;
    private final HandlerRegistry handlers;
    private final PluginRegistry plugins;
    private final SubscriberRegistry subscribers;

    public Registries(EventPublisher publisher) {
        this.publisher = publisher;
        this.handlers = new HandlerRegistry(publisher);
        this.plugins = new PluginRegistry(publisher);
        this.subscribers = new SubscriberRegistry(publisher);
    }

    public HandlerRegistry handlers() {
        return handlers;
    }

    public PluginRegistry plugins() {
        return plugins;
    }

    public SubscriberRegistry subscribers() {
        return subscribers;
    }

    /// One registry by its name: `handlers`, `plugins` or `subscribers`.
    public Optional<Registry<?, ?>> find(String name) {
        return all().stream().filter(registry -> registry.name().equals(name)).findFirst();
    }

    /// Counts of each registry. Publishes `registry.stats_collected`.
    public List<Statistics> statistics() {
        List<Statistics> statistics = all().stream().map(Registry::statistics).toList();
        Map<String, Object> sizes = new LinkedHashMap<>();
        statistics.forEach(one -> sizes.put(one.registry(), one.entries()));
        publisher.publish("registry.stats_collected", Map.of("registries", sizes));
        return statistics;
    }

    /// Checks all entries again. Publishes `registry.health_check`.
    public HealthSummary healthSummary() {
        HealthSummary summary =
                new HealthSummary(all().stream().map(Registry::health).toList());
        Map<String, Object> healthy = new LinkedHashMap<>();
        summary.registries().forEach(health -> healthy.put(health.registry(), health.isHealthy()));
        publisher.publish("registry.health_check", Map.of("healthy", summary.isHealthy(), "registries", healthy));
        return summary;
    }

    private List<Registry<?, ?>> all() {
        return List.of(handlers.registry(), plugins.registry(), subscribers.registry());
    }

    /// What a check of all registries found.
    public record HealthSummary(List<Health> registries) {
        public HealthSummary {
            registries = List.copyOf(registries);
        }

        public boolean isHealthy() {
            return registries.stream().allMatch(Health::isHealthy);
        }
    }
}
