package dev.tasker.execution;

import java.util.Optional;

/// How many steps an engine should run at once: the lower one of what the load asks for and what the
/// connection pool can bear, between two bounds. Pure.
///
/// @param min     never fewer
/// @param max     never more
/// @param factors shares of the free connections
public record ConcurrencyFormula(int min, int max, Factors factors) {
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

    /// With the standard factors.
    public ConcurrencyFormula(int min, int max) {
        this(min, max, Factors.STANDARD);
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
        int base = Math.max((int) Math.floor(Math.min(pool.free() * factors.of(pressure), max)), min);
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

    /// The share of the free connections that each level of pressure leaves to steps. Where it is critical
    /// or not known, the lower bound holds.
    public record Factors(double low, double moderate, double high) {
        public static final Factors STANDARD = new Factors(0.8, 0.6, 0.4);

        public Factors {
            if (!isShare(low) || !isShare(moderate) || !isShare(high)) {
                throw new IllegalArgumentException("no shares between 0 and 1: " + low + ", " + moderate + ", " + high);
            }
        }

        private static boolean isShare(double value) {
            return value >= 0 && value <= 1;
        }

        double of(Pressure pressure) {
            return switch (pressure) {
                case LOW -> low;
                case MODERATE -> moderate;
                case HIGH -> high;
                case CRITICAL, UNKNOWN -> 0;
            };
        }
    }

    /// Levels of pressure on a pool.
    public enum Pressure {
        LOW(0.5),
        MODERATE(0.7),
        HIGH(0.85),
        CRITICAL(Double.POSITIVE_INFINITY),
        UNKNOWN(Double.NaN);

        private final double usedBelow;

        Pressure(double usedBelow) {
            this.usedBelow = usedBelow;
        }
    }
}
