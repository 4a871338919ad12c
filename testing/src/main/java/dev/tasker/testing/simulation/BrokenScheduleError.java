package dev.tasker.testing.simulation;

import java.io.Serial;

/// A schedule in which an invariant did not hold. The message has the seed, what broke, and every turn up
/// to there.
public final class BrokenScheduleError extends AssertionError {
    @Serial
    private static final long serialVersionUID = 1L;

    private final long seed;

    BrokenScheduleError(long seed, String log, Throwable broken) {
        super(
                broken.getMessage() + "\n" + log + "\nRepeat this schedule alone with -D"
                        + SimulationSettings.SEED_PROPERTY + "=" + seed,
                broken);
        this.seed = seed;
    }

    /// The seed that repeats the schedule.
    public long seed() {
        return seed;
    }
}
