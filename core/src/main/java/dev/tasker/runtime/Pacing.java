package dev.tasker.runtime;

import dev.tasker.config.Configuration.PacingSection;
import dev.tasker.execution.ConcurrencyFormula;
import java.time.Duration;

/// How much work an engine takes on.
///
/// @param concurrency     whether all slots are used, or as many as the load allows
/// @param formula         bounds of the dynamic limit
/// @param backlogTasksMax creating is refused while the database has this many unfinished tasks; 0: never
/// @param enqueueRepeat   how long a task that was handed to its queue may stand still before it is handed
///     over again
/// @param limitHolds      how long one dynamic limit holds; finding it costs a query
public record Pacing(
        Concurrency concurrency,
        ConcurrencyFormula formula,
        int backlogTasksMax,
        Duration enqueueRepeat,
        Duration limitHolds) {
    public static final int BACKLOG_TASKS_MAX_DEFAULT = 100_000;
    public static final Duration ENQUEUE_REPEAT_DEFAULT = Duration.ofSeconds(60);
    public static final Duration LIMIT_HOLDS_DEFAULT = Duration.ofSeconds(30);
    private static final Duration REFUSED_PAUSE_MAX = Duration.ofSeconds(5);

    public Pacing {
        if (backlogTasksMax < 0 || enqueueRepeat.toMillis() < 1) {
            throw new IllegalArgumentException("no valid pacing: backlog of " + backlogTasksMax
                    + " tasks (0 or more), enqueued again after " + enqueueRepeat + " (at least 1 ms)");
        }
    }

    public static Pacing defaults() {
        return new Pacing(
                Concurrency.FIXED,
                ConcurrencyFormula.defaults(),
                BACKLOG_TASKS_MAX_DEFAULT,
                ENQUEUE_REPEAT_DEFAULT,
                LIMIT_HOLDS_DEFAULT);
    }

    /// What the configuration says.
    static Pacing of(PacingSection settings) {
        return new Pacing(
                settings.isDynamic() ? Concurrency.DYNAMIC : Concurrency.FIXED,
                new ConcurrencyFormula(
                        settings.steps().min(),
                        settings.steps().max(),
                        new ConcurrencyFormula.Factors(
                                settings.factors().low(),
                                settings.factors().moderate(),
                                settings.factors().high())),
                settings.backlogTasksMax(),
                settings.enqueueRepeat(),
                settings.cacheDuration());
    }

    /// When a queue is asked again that did not take a task.
    Duration refusedPause() {
        return enqueueRepeat.compareTo(REFUSED_PAUSE_MAX) < 0 ? enqueueRepeat : REFUSED_PAUSE_MAX;
    }

    public Pacing withDynamicConcurrency(ConcurrencyFormula bounds) {
        return new Pacing(Concurrency.DYNAMIC, bounds, backlogTasksMax, enqueueRepeat, limitHolds);
    }

    public Pacing withBacklogTasksMax(int tasks) {
        return new Pacing(concurrency, formula, tasks, enqueueRepeat, limitHolds);
    }

    public Pacing withEnqueueRepeat(Duration duration) {
        return new Pacing(concurrency, formula, backlogTasksMax, duration, limitHolds);
    }

    public Pacing withLimitHolds(Duration duration) {
        return new Pacing(concurrency, formula, backlogTasksMax, enqueueRepeat, duration);
    }

    /// What limits the steps that run at once.
    public enum Concurrency {
        /// The slots of the hosts.
        FIXED,
        /// The slots, and the formula over load and connection pool.
        DYNAMIC
    }
}
