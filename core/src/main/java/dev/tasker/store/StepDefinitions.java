package dev.tasker.store;

import dev.tasker.db.generated.tables.records.ClaimedDefinitionsRecord;
import dev.tasker.identity.HandlerKey;
import dev.tasker.result.Backoff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What templates say of steps, kept so that it does not travel with each claim. Safe from any thread.
///
/// Bounded: when more than [#DEFINITIONS_MAX] would be known, the earlier ones are forgotten, and read again as they
/// are
/// needed.
final class StepDefinitions {
    static final int DEFINITIONS_MAX = 10_000;

    private final Map<Key, StepDefinition> known = new ConcurrentHashMap<>();
    private final Backoff backoff;

    /// @param backoff what templates do not say about the backoff of a step
    StepDefinitions(Backoff backoff) {
        this.backoff = backoff;
    }

    /// Which definition of which step of a template.
    ///
    /// @param version tells it from an earlier one, which was replaced when no task used it any more
    record Key(long id, String version) {}

    /// @param config          for the handler
    /// @param templateFile    where it was registered from; empty where it was given as text
    /// @param templateVersion of the template
    record StepDefinition(
            String stepName,
            HandlerKey handlerKey,
            Map<String, @Nullable Object> config,
            Backoff backoff,
            Duration timeout,
            Optional<Path> templateFile,
            String namespace,
            String name,
            String templateVersion) {}

    /// The definitions of steps that were just claimed.
    ///
    /// @param reader reads the rows of `tasker.claimed_definitions`, for those that are not known
    Map<Key, StepDefinition> of(Set<Key> keys, Function<Long[], List<ClaimedDefinitionsRecord>> reader) {
        Map<Key, StepDefinition> found = new HashMap<>();
        Set<Key> unknown = new HashSet<>();
        for (Key key : keys) {
            StepDefinition definition = known.get(key);
            if (definition == null) {
                unknown.add(key);
            } else {
                found.put(key, definition);
            }
        }
        if (!unknown.isEmpty()) {
            found.putAll(read(unknown, reader));
        }
        return found;
    }

    /// Reads the whole templates, since their other steps come next. One that was replaced since is kept under both
    /// versions: while a task uses it, only the folder that it was registered from can have changed.
    private Map<Key, StepDefinition> read(Set<Key> keys, Function<Long[], List<ClaimedDefinitionsRecord>> reader) {
        Long[] ids = keys.stream().map(Key::id).distinct().toArray(Long[]::new);
        Map<Key, StepDefinition> read = new HashMap<>();
        Map<Long, StepDefinition> newest = new HashMap<>();
        reader.apply(ids).forEach(row -> {
            StepDefinition definition = definition(StoredJson.object(row.getDefinition()));
            read.put(new Key(row.getDefinitionId(), row.getDefinitionsVersion()), definition);
            newest.put(row.getDefinitionId(), definition);
        });
        keys.forEach(key -> read.put(key, Objects.requireNonNull(newest.get(key.id()))));
        if (known.size() + read.size() > DEFINITIONS_MAX) {
            known.clear();
        }
        known.putAll(read);
        return read;
    }

    private StepDefinition definition(Map<String, @Nullable Object> json) {
        return new StepDefinition(
                StoredJson.text(json, "step_name"),
                WaveRows.handlerKey(StoredJson.text(json, "handler_key")),
                StoredJson.object(json, "config"),
                Backoff.fromJson(nonNull(StoredJson.object(json, "backoff")), backoff),
                Duration.ofSeconds(StoredJson.number(json, "timeout_seconds")),
                StoredJson.optionalText(json, "template_file").map(Path::of),
                StoredJson.text(json, "namespace"),
                StoredJson.text(json, "name"),
                StoredJson.text(json, "version"));
    }

    private static Map<String, Object> nonNull(Map<String, @Nullable Object> json) {
        Map<String, Object> copy = new LinkedHashMap<>();
        json.forEach((key, value) -> {
            if (value != null) {
                copy.put(key, value);
            }
        });
        return copy;
    }
}
