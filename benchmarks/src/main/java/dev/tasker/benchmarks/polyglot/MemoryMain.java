package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.postgres.ProcessUse;
import dev.tasker.benchmarks.process.ChildMain;
import dev.tasker.identity.HandlerRuntime;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The process whose memory is looked at while it gets more contexts.
public final class MemoryMain {
    private static final double BYTES_PER_MIB = 1024.0 * 1024;

    private MemoryMain() {}

    /// What to measure.
    ///
    /// @param languages     of [HandlerRuntime], all in one process
    /// @param contexts      of each language, one number after the other
    /// @param warmUpSeconds of calls in each language before each look
    public record Order(List<String> languages, List<Integer> contexts, double warmUpSeconds) {}

    /// The memory with so many contexts.
    ///
    /// @param residentMib as it is after the calls, garbage included
    /// @param heapMib     what is live
    public record Look(int contexts, double residentMib, double heapMib) {}

    /// One look for each number of contexts.
    public record Looks(List<Look> looks) {}

    public static void main(String[] arguments) throws Exception {
        ChildMain.answer(Order.class, MemoryMain::run);
    }

    /// Measures in this process.
    static Looks run(Order order) throws InterruptedException {
        int most = order.contexts.stream().mapToInt(Integer::intValue).max().orElseThrow();
        List<CallLoop> loops = new ArrayList<>();
        try (HandlerFiles files = HandlerFiles.unpack()) {
            for (String language : order.languages) {
                CallLoop loop = CallLoop.open(HandlerRuntime.named(language).orElseThrow(), files, most);
                loops.add(loop);
                loop.load(Sample.ORDER);
            }
            List<Look> looks = new ArrayList<>();
            for (int contexts : order.contexts) {
                looks.add(look(loops, contexts, Duration.ofMillis(Math.round(order.warmUpSeconds * 1_000))));
            }
            return new Looks(looks);
        } finally {
            loops.forEach(CallLoop::close);
        }
    }

    private static Look look(List<CallLoop> loops, int contexts, Duration warmUp) throws InterruptedException {
        for (CallLoop loop : loops) {
            loop.occupy(contexts);
            // Whichever context is free takes a call, so that all of them get warm.
            double _ = loop.microsPerCall(Sample.ORDER, warmUp);
        }
        double resident = ProcessUse.residentMib(ProcessHandle.current().pid());
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Look(contexts, resident, heap / BYTES_PER_MIB);
    }
}
