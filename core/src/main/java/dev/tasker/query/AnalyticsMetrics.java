package dev.tasker.query;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// How the system did since a time.
///
/// @param activeTasks    tasks that are pending or in progress now
/// @param namespaces     namespaces of templates
/// @param taskTypes      templates, whatever their version
/// @param healthScore    of the tasks that ended complete or in error in the last hour, the share of the
///                       complete ones, 0 to 1; 1 where there were none
/// @param createdTasks   tasks created since then
/// @param completedTasks tasks that ended complete since then
/// @param failedTasks    tasks that ended in error since then
/// @param completionRate of the last two together, in percent
/// @param errorRate      the rest, in percent
/// @param completedSteps steps completed since then
/// @param taskDurations  from creation to end, of completed and failed tasks; empty where there are none
/// @param stepDurations  of the attempt that completed a step; empty where there is none
public record AnalyticsMetrics(
        long activeTasks,
        long namespaces,
        long taskTypes,
        BigDecimal healthScore,
        long createdTasks,
        long completedTasks,
        long failedTasks,
        BigDecimal completionRate,
        BigDecimal errorRate,
        long completedSteps,
        Optional<Durations> taskDurations,
        Optional<Durations> stepDurations,
        Instant since,
        Instant calculatedAt) {
    /// Computed from every value, to the millisecond.
    public record Durations(Duration average, Duration p50, Duration p95, Duration p99) {}
}
