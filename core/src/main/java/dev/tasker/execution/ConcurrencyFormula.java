package dev.tasker.execution;

import java.util.Optional;

/// How many steps an engine should run at once: the lower one of what the load asks for and what the
/// connection pool can bear, between two bounds. Pure.
///
/// @param min never fewer
/// @param max never more
public record ConcurrencyFormula(int min, int max) {
    public static final int MIN_DEFAULT = 3;
    public static final int MAX_DEFAULT = 12;

    private static final double TASK_WEIGHT = 0.3;
    private static final double STEP_WEIGHT = 0.7;
    private static final double LOW_LOAD_MAX = 0.3;
    private static final double MODERATE_LOAD_MAX = 0.6;
    private static final double MODERATE_LOAD_SHARE = 0.6;
    private static final int HIGH_LOAD_ABOVE_MIN = 1;
    /// Share of the free connections that is used at most under pressure.
    private static final double SAFE_SHARE = 0.6;

    private static final double HIGH_PRESSURE_SHARE = 0.7;

    public ConcurrencyFormula {
        if (min < 1 || max < min) {
            throw new IllegalArgumentException("no valid bounds of concurrency: " + min + " to " + max);
        }
    }

    public static ConcurrencyFormula defaults() {
        return new ConcurrencyFormula(MIN_DEFAULT, MAX_DEFAULT);
    }

    /// The limit; an unknown pool counts as one under pressure that is not known.
    public int limit(Load load, Optional<Pool> pool) {
        int byPool = pool.map(this::byPool).orElse(min);
        return Math.clamp(Math.min(byPool, byLoad(load)), min, max);
    }

    int byLoad(Load load) {
        double level = TASK_WEIGHT * share(load.activeTasks(), load.totalTasks())
                + STEP_WEIGHT * share(load.activeSteps(), load.totalSteps());
        if (level <= LOW_LOAD_MAX) {
            return max;
        }
        if (level <= MODERATE_LOAD_MAX) {
            return (int) Math.round((max - min) * MODERATE_LOAD_SHARE + min);
        }
        return min + HIGH_LOAD_ABOVE_MIN;
    }

    int byPool(Pool pool) {
        Pressure pressure = pool.pressure();
        int base = Math.max((int) Math.floor(Math.min(pool.free() * pressure.factor, max)), min);
        int safe = (int) Math.floor(pool.free() * SAFE_SHARE);
        return switch (pressure) {
            case LOW -> base;
            case MODERATE -> Math.min(base, safe);
            case HIGH -> (int) Math.floor(Math.min(HIGH_PRESSURE_SHARE * base, safe));
            case CRITICAL, UNKNOWN -> Math.min(min, safe);
        };
    }

    private static double share(long active, long total) {
        return Math.max(active, 1) / (double) Math.max(total, 1);
    }

    /// How much of the database is active.
    public record Load(long activeTasks, long totalTasks, long activeSteps, long totalSteps) {}

    /// A connection pool.
    ///
    /// @param busy connections in use
    /// @param size connections at most; 0: not known
    public record Pool(int busy, int size) {
        int free() {
            return Math.max(0, size - busy);
        }

        /// How hard the pool is used.
        public Pressure pressure() {
            if (size <= 0) {
                return Pressure.UNKNOWN;
            }
            double used = busy / (double) size;
            for (Pressure level : Pressure.values()) {
                if (used < level.usedBelow) {
                    return level;
                }
            }
            return Pressure.CRITICAL;
        }
    }

    /// Levels of pressure on a pool, with the share of its free connections that each leaves to steps.
    public enum Pressure {
        LOW(0.5, 0.8),
        MODERATE(0.7, 0.6),
        HIGH(0.85, 0.4),
        CRITICAL(Double.POSITIVE_INFINITY, 0.2),
        UNKNOWN(Double.NaN, 0.5);

        private final double usedBelow;
        private final double factor;

        Pressure(double usedBelow, double factor) {
            this.usedBelow = usedBelow;
            this.factor = factor;
        }
    }
}
