package dev.tasker.runtime;

import java.lang.management.ManagementFactory;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds threads of the operating system where handlers hold all of those that carry virtual threads.
///
/// The JVM has one carrier per core, and a virtual thread keeps its carrier while it computes, or waits in a
/// file, a pipe, native code or the initialiser of a class. As many such handlers as there are cores would
/// hold up all the others, also those that only want to go on. So a virtual thread that does nothing is
/// started now and then: where it has not run by the next time, there may be one more carrier for each
/// handler at once. That stays, as such handlers come again; the JVM starts only as many as it needs.
final class CarrierWatch implements AutoCloseable {
    private static final long PERIOD_MILLIS = 1000;
    /// More than fit into a queue of the scheduler without growing it: it looks for further carriers only
    /// when a queue grows, or was empty.
    private static final int PROBES_TO_BE_NOTICED = 256;

    private static final Logger log = LoggerFactory.getLogger(CarrierWatch.class);

    private final int carriersMax;
    private final ScheduledExecutorService timer = EngineParts.timer("tasker-carriers-", 1);
    private @Nullable Thread probe;

    /// @param atOnce how many virtual threads may hold a carrier each
    CarrierWatch(int atOnce) {
        this.carriersMax = atOnce + Runtime.getRuntime().availableProcessors();
        var _ = timer.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (probe != null && probe.isAlive()) {
            allowMore();
            for (int count = 0; count < PROBES_TO_BE_NOTICED; count++) {
                startProbe();
            }
        }
        probe = startProbe();
    }

    private static Thread startProbe() {
        return Thread.ofVirtual().name("tasker-carrier-probe").start(() -> {});
    }

    private void allowMore() {
        VirtualThreadSchedulerMXBean scheduler =
                ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        int before = scheduler.getParallelism();
        if (before >= carriersMax) {
            return;
        }
        try {
            scheduler.setParallelism(carriersMax);
            log.atWarn()
                    .addKeyValue("carriers", carriersMax)
                    .log("Java handlers hold all threads that carry virtual threads: they compute, or wait in files,"
                            + " native code or class initialisers; from now on there may be more of these threads");
        } catch (IllegalArgumentException | UnsupportedOperationException refused) {
            log.atWarn()
                    .addKeyValue("carriers", before)
                    .addKeyValue("reason", refused.getMessage())
                    .log("Java handlers hold all threads that carry virtual threads, and there cannot be more; raise"
                            + " jdk.virtualThreadScheduler.maxPoolSize");
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
