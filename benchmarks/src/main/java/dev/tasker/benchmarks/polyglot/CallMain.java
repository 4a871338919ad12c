package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.process.ChildMain;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The process that calls handlers of one language. Both handlers run in turn, as in a worker.
public final class CallMain {
    /// A warm-up that still gets faster goes on, but no longer than this.
    private static final double WARM_UP_SECONDS_MAX = 90;

    /// Batches of the last six seconds.
    private static final int RECENT = 12;

    /// A batch that is better by less than this is not better.
    private static final double BETTER = 0.97;

    private CallMain() {}

    /// What to measure.
    ///
    /// @param language      of [HandlerRuntime]
    /// @param warmUpSeconds at least so long
    /// @param batches       of each handler
    /// @param batchMillis   how long each takes
    public record Order(String language, double warmUpSeconds, int batches, long batchMillis) {}

    /// Medians in CPU microseconds per call.
    ///
    /// @param isCompiled whether the JVM had a compiler for guest code
    public record Times(double orderMicros, double echoMicros, boolean isCompiled) {}

    public static void main(String[] arguments) throws Exception {
        ChildMain.answer(Order.class, CallMain::run);
    }

    /// Measures in this process.
    static Times run(Order order) throws InterruptedException {
        HandlerRuntime runtime = HandlerRuntime.named(order.language).orElseThrow();
        try (HandlerFiles files = HandlerFiles.unpack();
                CallLoop loop = CallLoop.open(runtime, files, 1)) {
            loop.load(Sample.ORDER);
            loop.load(Sample.ECHO);
            Duration batch = Duration.ofMillis(order.batchMillis);
            warmUp(loop, order, batch);
            List<Double> orders = new ArrayList<>();
            List<Double> echoes = new ArrayList<>();
            for (int i = 0; i < order.batches; i++) {
                orders.add(loop.microsPerCall(Sample.ORDER, batch));
                echoes.add(loop.microsPerCall(Sample.ECHO, batch));
            }
            return new Times(Median.of(orders), Median.of(echoes), PolyglotHost.isCompiled());
        }
    }

    private static void warmUp(CallLoop loop, Order order, Duration batch) throws InterruptedException {
        long start = System.nanoTime();
        List<Double> done = new ArrayList<>();
        double seconds;
        do {
            done.add(loop.microsPerCall(Sample.ORDER, batch) + loop.microsPerCall(Sample.ECHO, batch));
            seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1e3;
        } while (seconds < order.warmUpSeconds || (isImproving(done) && seconds < WARM_UP_SECONDS_MAX));
    }

    /// Whether the last batches hold one that is better than all before.
    static boolean isImproving(List<Double> batches) {
        int split = batches.size() - RECENT;
        return split > 0 && best(batches.subList(split, batches.size())) < BETTER * best(batches.subList(0, split));
    }

    private static double best(List<Double> batches) {
        return batches.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }
}
