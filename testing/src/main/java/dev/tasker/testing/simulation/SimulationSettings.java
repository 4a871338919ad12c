package dev.tasker.testing.simulation;

import dev.tasker.template.Template;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// How much to simulate, and of what.
///
/// @param seed      of the first schedule; the n-th one after it has seed + n
/// @param schedules how many at most
/// @param limit     no schedule begins after this much real time
/// @param template  whose tasks are run; empty: small random graphs
/// @param context   of every task
public record SimulationSettings(
        long seed,
        int schedules,
        Duration limit,
        Optional<Template> template,
        Map<String, ? extends @Nullable Object> context) {
    /// The system property that repeats one schedule.
    public static final String SEED_PROPERTY = "tasker.seed";

    private static final int SCHEDULES_DEFAULT = 1_000;
    private static final Duration LIMIT_DEFAULT = Duration.ofMinutes(10);

    public SimulationSettings {
        if (schedules < 1) {
            throw new IllegalArgumentException("a simulation has at least one schedule, not " + schedules);
        }
    }

    /// 1,000 schedules of random graphs from a random seed on; with `-Dtasker.seed=N` the one schedule of
    /// that seed.
    public static SimulationSettings defaults() {
        Long seed = Long.getLong(SEED_PROPERTY);
        return seed == null
                ? new SimulationSettings(
                        ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE),
                        SCHEDULES_DEFAULT,
                        LIMIT_DEFAULT,
                        Optional.empty(),
                        Map.of())
                : repeat(seed);
    }

    /// The one schedule of a seed.
    public static SimulationSettings repeat(long seed) {
        return new SimulationSettings(seed, 1, LIMIT_DEFAULT, Optional.empty(), Map.of());
    }

    /// More or fewer schedules; a repeated one stays alone.
    public SimulationSettings withSchedules(int number) {
        return new SimulationSettings(seed, isRepeated() ? schedules : number, limit, template, context);
    }

    /// Begins with another seed.
    public SimulationSettings withSeed(long first) {
        return new SimulationSettings(first, schedules, limit, template, context);
    }

    public SimulationSettings withLimit(Duration duration) {
        return new SimulationSettings(seed, schedules, duration, template, context);
    }

    /// Runs tasks of this template instead of random graphs.
    public SimulationSettings withTemplate(Template chosen) {
        return new SimulationSettings(seed, schedules, limit, Optional.of(chosen), context);
    }

    /// What the template's schema asks for.
    public SimulationSettings withContext(Map<String, ? extends @Nullable Object> values) {
        return new SimulationSettings(seed, schedules, limit, template, values);
    }

    private static boolean isRepeated() {
        return Long.getLong(SEED_PROPERTY) != null;
    }
}
