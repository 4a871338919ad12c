package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.benchmarks.system.Work;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.Workload;
import java.time.Duration;

/// What one process is to measure.
///
/// @param chainSteps 0: the workload's own shape; otherwise a chain of so many steps
/// @param chainRuntime the language of such a chain
/// @param inFlight   tasks at once; a burst has as many as it has tasks
/// @param server     the database that is always there
/// @param database   the name of the one to work in, which is empty
/// @param serverPid  the server's first process
public record RoundOrder(
        MeasuredSystem system,
        Workload workload,
        int chainSteps,
        HandlerRuntime chainRuntime,
        int round,
        int inFlight,
        Length length,
        DatabaseAddress server,
        String database,
        long serverPid) {

    /// How long is measured, and before that warmed up.
    ///
    /// @param tasks         so many; 0: for `seconds`
    /// @param warmUpTasks   at least so many
    /// @param warmUpSeconds at least so long, and at most five times as long, for the compiler to be done
    public record Length(long tasks, double seconds, long warmUpTasks, double warmUpSeconds) {
        private static final double MILLIS_PER_SECOND = 1e3;

        ClosedLoop.Limits warmUp(int inFlight) {
            return new ClosedLoop.Limits(inFlight, warmUpTasks, Long.MAX_VALUE, duration(warmUpSeconds));
        }

        ClosedLoop.Limits measured(int inFlight) {
            return tasks > 0
                    ? ClosedLoop.Limits.ofTasks(inFlight, tasks)
                    : ClosedLoop.Limits.ofTime(inFlight, duration(seconds));
        }

        private static Duration duration(double seconds) {
            return Duration.ofMillis(Math.round(seconds * MILLIS_PER_SECOND));
        }
    }

    Work work() {
        return chainSteps == 0 ? Work.of(workload) : Work.chain(workload, chainSteps, chainRuntime);
    }
}
