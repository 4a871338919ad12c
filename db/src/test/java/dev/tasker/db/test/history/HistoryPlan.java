package dev.tasker.db.test.history;

import java.time.Duration;
import java.time.Instant;

/// What is to be generated.
///
/// @param finished tasks that have ended, created evenly between `from` and `until`
/// @param active   tasks that have not, created in the hour before `until`
/// @param until    the time that counts as now
/// @param horizon  how far after `until` leases end, retries come due and scheduled tasks start, at most
/// @param checked  whether foreign keys are checked, row by row; half as fast. Needs no superuser
public record HistoryPlan(
        long seed, int finished, int active, Instant from, Instant until, Duration horizon, boolean checked) {
    public HistoryPlan {
        if (finished < 0 || active < 0 || !from.isBefore(until) || horizon.isNegative()) {
            throw new IllegalArgumentException("no valid plan: " + finished + " finished and " + active
                    + " active tasks between " + from + " and " + until + ", horizon " + horizon);
        }
    }

    /// Half a year up to a time, checked.
    public static HistoryPlan of(long seed, int finished, int active, Instant until) {
        return new HistoryPlan(
                seed, finished, active, until.minus(Duration.ofDays(180)), until, Duration.ofSeconds(1), true);
    }

    public HistoryPlan withHorizon(Duration duration) {
        return new HistoryPlan(seed, finished, active, from, until, duration, checked);
    }

    /// Only a part of the time, for a history that grows bit by bit.
    public HistoryPlan between(Instant start, Instant end) {
        return new HistoryPlan(seed, finished, active, start, end, horizon, checked);
    }

    /// Trusts the foreign keys.
    public HistoryPlan unchecked() {
        return new HistoryPlan(seed, finished, active, from, until, horizon, false);
    }
}
