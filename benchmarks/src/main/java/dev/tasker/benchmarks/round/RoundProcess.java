package dev.tasker.benchmarks.round;

import dev.tasker.benchmarks.process.ChildProcess;
import dev.tasker.benchmarks.process.GuestCompiler;
import dev.tasker.benchmarks.system.Work;
import java.util.List;

/// Starts the process of a round and waits for its result.
public final class RoundProcess {
    private RoundProcess() {}

    /// Runs a round.
    ///
    /// @throws IllegalStateException with what the process wrote, if it failed
    public static RoundResult run(RoundOrder order) throws InterruptedException {
        return new ChildProcess(RoundMain.class, options(order.work())).run(order, RoundResult.class);
    }

    /// As `tasker worker` has it: guest code is compiled, not interpreted.
    private static List<String> options(Work work) {
        return work.isJavaOnly() || !GuestCompiler.isBuilt() ? List.of() : GuestCompiler.options();
    }
}
