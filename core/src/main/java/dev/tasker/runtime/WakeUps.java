package dev.tasker.runtime;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.WorkerId;
import dev.tasker.store.WorkSignals;
import dev.tasker.transition.StepState;
import dev.tasker.wave.WaveResult;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells other processes that steps became ready, after the commit and at most every 50 ms. Safe from any
/// thread; never blocks, except [#flush].
///
/// Only the transactions that make work ready could know which handlers the work needs, and they must not
/// notify. So whoever listens looks for itself; who misses it finds out by polling.
final class WakeUps {
    private static final Logger log = LoggerFactory.getLogger(WakeUps.class);
    static final long PAUSE_NANOS = 50_000_000L;

    private final WorkerId worker;
    private final WorkSignals signals;
    private final ScheduledExecutorService timer;
    private final AtomicBoolean pending = new AtomicBoolean();
    private volatile long toldNanos = System.nanoTime() - PAUSE_NANOS;

    WakeUps(WorkerId worker, WorkSignals signals, ScheduledExecutorService timer) {
        this.worker = worker;
        this.signals = signals;
        this.timer = timer;
    }

    /// Steps may be ready that others have the handlers or the slots for.
    void workReady() {
        if (!pending.compareAndSet(false, true)) {
            return;
        }
        long delay = Math.max(0, toldNanos + PAUSE_NANOS - System.nanoTime());
        try {
            ScheduledFuture<?> _ = timer.schedule(this::flush, delay, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            // The engine has closed; polling finds the work.
        }
    }

    /// A wave has left children of completed steps to others; or a step was given back, which is ready itself.
    void after(WaveResult wave) {
        if (wave.left().isPresent() || wave.recorded().stream().anyMatch(step -> step.state() == StepState.PENDING)) {
            workReady();
        }
    }

    /// Tells what is pending, on the calling thread.
    void flush() {
        if (!pending.compareAndSet(true, false)) {
            return;
        }
        toldNanos = System.nanoTime();
        try {
            signals.tellWorkReady(worker);
        } catch (StoreUnavailableException problem) {
            log.atDebug()
                    .addKeyValue("reason", problem.getMessage())
                    .log("other workers were not told of ready work; they find it by polling");
        } catch (RuntimeException problem) {
            log.atWarn()
                    .setCause(problem)
                    .log("other workers could not be told of ready work; they find it by polling");
        }
    }
}
