package dev.tasker.polyglot;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.Grant;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How guest languages are hosted.
///
/// @param contextsMax   how many attempts run at once, per language; at least 1
/// @param grants        what handlers may reach beyond their arguments; Ruby is trusted code whatever stands here
/// @param resourceCache where the languages unpack their own files; empty: GraalVM's default below the home folder. It
///                      holds for the whole JVM and is fixed by the first language that starts.
public record PolyglotConfig(
        Map<HandlerRuntime, Integer> contextsMax, Set<Grant> grants, Optional<Path> resourceCache) {
    private static final int CONTEXTS_DEFAULT_MAX = 4;

    public PolyglotConfig {
        contextsMax.forEach(PolyglotConfig::check);
        contextsMax = Map.copyOf(contextsMax);
        grants = Set.copyOf(grants);
    }

    public static PolyglotConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    int contextsMax(HandlerRuntime runtime) {
        int cores = Runtime.getRuntime().availableProcessors();
        return contextsMax.getOrDefault(runtime, Math.min(CONTEXTS_DEFAULT_MAX, cores));
    }

    private static void check(HandlerRuntime runtime, int contexts) {
        if (contexts < 1) {
            throw new IllegalArgumentException("contexts for " + runtime.key() + " must be 1 or more, not " + contexts);
        }
    }

    /// Collects the settings; each has a default.
    public static final class Builder {
        private final Map<HandlerRuntime, Integer> contextsMax = new EnumMap<>(HandlerRuntime.class);
        private Set<Grant> grants = Set.of();
        private Optional<Path> resourceCache = Optional.empty();

        private Builder() {}

        public Builder contextsMax(HandlerRuntime runtime, int contexts) {
            contextsMax.put(runtime, contexts);
            return this;
        }

        public Builder grants(Set<Grant> granted) {
            this.grants = granted;
            return this;
        }

        public Builder resourceCache(Path folder) {
            this.resourceCache = Optional.of(folder);
            return this;
        }

        public PolyglotConfig build() {
            return new PolyglotConfig(contextsMax, grants, resourceCache);
        }
    }
}
