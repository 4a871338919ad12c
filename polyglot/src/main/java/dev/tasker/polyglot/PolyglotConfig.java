package dev.tasker.polyglot;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.Grant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How guest languages are hosted.
///
/// @param contextsMax    how many attempts run at once, per language; at least 1
/// @param grants         what handlers may reach beyond their arguments; Ruby is trusted code whatever stands here
/// @param packages       folders of packages that handlers may import, per language: of Python modules, of Ruby files
///                       (`lib`) or gems, of a `node_modules`
/// @param callsMax       after so many attempts a context is replaced by a new one; at least 1
/// @param idleMax        after so long without an attempt a context is closed, but for the last one of its language
/// @param outputBytesMax what one attempt may print
/// @param inspectPorts   where a debugger that speaks the Chrome DevTools protocol may connect, per language
/// @param resourceCache  where the languages unpack their own files; empty: GraalVM's default below the home folder. It
///                       holds for the whole JVM and is fixed by the first language that starts.
public record PolyglotConfig(
        Map<HandlerRuntime, Integer> contextsMax,
        Set<Grant> grants,
        Map<HandlerRuntime, List<Path>> packages,
        long callsMax,
        Duration idleMax,
        int outputBytesMax,
        Map<HandlerRuntime, Integer> inspectPorts,
        Optional<Path> resourceCache) {
    private static final int CONTEXTS_DEFAULT_MAX = 4;
    private static final long CALLS_DEFAULT_MAX = 1_000_000;
    private static final Duration IDLE_DEFAULT_MAX = Duration.ofMinutes(1);
    private static final int OUTPUT_BYTES_DEFAULT_MAX = 1024 * 1024;

    public PolyglotConfig {
        contextsMax.forEach(PolyglotConfig::check);
        if (callsMax < 1 || outputBytesMax < 0 || !idleMax.isPositive()) {
            throw new IllegalArgumentException(
                    "no valid bounds: callsMax " + callsMax + " (at least 1), outputBytesMax " + outputBytesMax
                            + " (at least 0), idleMax " + idleMax + " (more than 0)");
        }
        contextsMax = Map.copyOf(contextsMax);
        grants = Set.copyOf(grants);
        packages = Map.copyOf(packages);
        inspectPorts = Map.copyOf(inspectPorts);
    }

    public static PolyglotConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /// The same, with debuggers let in.
    public PolyglotConfig withInspectPorts(Map<HandlerRuntime, Integer> ports) {
        return new PolyglotConfig(
                contextsMax, grants, packages, callsMax, idleMax, outputBytesMax, ports, resourceCache);
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
        private final Map<HandlerRuntime, List<Path>> packages = new EnumMap<>(HandlerRuntime.class);
        private final Map<HandlerRuntime, Integer> inspectPorts = new EnumMap<>(HandlerRuntime.class);
        private Set<Grant> grants = Set.of();
        private long callsMax = CALLS_DEFAULT_MAX;
        private Duration idleMax = IDLE_DEFAULT_MAX;
        private int outputBytesMax = OUTPUT_BYTES_DEFAULT_MAX;
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

        public Builder packages(HandlerRuntime runtime, List<Path> folders) {
            packages.put(runtime, List.copyOf(folders));
            return this;
        }

        public Builder callsMax(long calls) {
            this.callsMax = calls;
            return this;
        }

        public Builder idleMax(Duration idle) {
            this.idleMax = idle;
            return this;
        }

        public Builder outputBytesMax(int bytes) {
            this.outputBytesMax = bytes;
            return this;
        }

        /// For JavaScript and Python.
        public Builder inspectPort(HandlerRuntime runtime, int port) {
            inspectPorts.put(runtime, port);
            return this;
        }

        public Builder resourceCache(Path folder) {
            this.resourceCache = Optional.of(folder);
            return this;
        }

        public PolyglotConfig build() {
            return new PolyglotConfig(
                    contextsMax, grants, packages, callsMax, idleMax, outputBytesMax, inspectPorts, resourceCache);
        }
    }
}
