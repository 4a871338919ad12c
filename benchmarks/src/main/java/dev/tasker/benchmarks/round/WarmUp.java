package dev.tasker.benchmarks.round;

import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.LoopResult;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Runs tasks until this process has compiled what it runs.
///
/// For a given number of tasks and a given time at least; then on, in looks of two seconds, until the JVM's compiler
/// has taken less than a twentieth of a core in two looks in a row, but no longer than four times the given time. On
/// few cores the compiler takes them from whatever is measured, and longest from the system that has the most code.
final class WarmUp {
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final double CALM_SHARE = 0.05;
    private static final int CALM_LOOKS = 2;
    private static final int FURTHER_MAX = 4;

    private final Loop loop;
    private final LongSupplier compilerMillis;

    /// @param compilerMillis what the compiler has taken so far
    WarmUp(Loop loop, LongSupplier compilerMillis) {
        this.loop = loop;
        this.compilerMillis = compilerMillis;
    }

    /// Runs tasks, as [ClosedLoop#run] does.
    @FunctionalInterface
    interface Loop {
        LoopResult run(ClosedLoop.Limits limits, long firstNumber) throws InterruptedException;
    }

    /// With the compiler of this process. It does not know of those for guest languages.
    static WarmUp of(Loop loop) {
        return new WarmUp(loop, ManagementFactory.getCompilationMXBean()::getTotalCompilationTime);
    }

    /// Numbers tasks from 1.
    ///
    /// @param least how much is run in any case
    /// @return how many numbers were used
    long run(ClosedLoop.Limits least) throws InterruptedException {
        long begun = loop.run(least, 1).begun();
        Duration further = Duration.ZERO;
        int calm = 0;
        while (calm < CALM_LOOKS && further.compareTo(least.timeMax().multipliedBy(FURTHER_MAX)) < 0) {
            long before = compilerMillis.getAsLong();
            LoopResult look = loop.run(ClosedLoop.Limits.ofTime(least.inFlight(), LOOK), 1 + begun);
            long taken = compilerMillis.getAsLong() - before;
            begun += look.begun();
            further = further.plus(look.elapsed());
            calm = taken < CALM_SHARE * look.elapsed().toMillis() ? calm + 1 : 0;
        }
        return begun;
    }
}
