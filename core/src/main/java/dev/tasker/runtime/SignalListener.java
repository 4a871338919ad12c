package dev.tasker.runtime;

import dev.tasker.identity.WorkerId;
import dev.tasker.reenqueue.WorkSignal;
import dev.tasker.store.WorkSignals;
import dev.tasker.store.WorkSignals.Listening;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears what other processes tell through the database: one connection and one thread per engine. Where the
/// connection cannot be had, polling alone finds the work.
final class SignalListener {
    private static final Logger log = LoggerFactory.getLogger(SignalListener.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(500);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(30);
    /// After so long without a signal the connection is checked.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);
    /// Signals within this time wake the engine up once.
    private static final Duration GATHER = Duration.ofMillis(20);
    private static final Duration STOP_MAX = Duration.ofSeconds(1);

    private final WorkSignals signals;
    private final WorkerId worker;
    private final Runnable workReady;
    private final Runnable interrupted;
    private final Thread thread =
            Thread.ofPlatform().name("tasker-signals").daemon().unstarted(this::run);
    private volatile boolean stopping;
    private volatile @Nullable Listening listening;

    /// @param workReady   looks for ready steps; must not block
    /// @param interrupted looks for claims that were taken away; must not block
    SignalListener(WorkSignals signals, WorkerId worker, Runnable workReady, Runnable interrupted) {
        this.signals = signals;
        this.worker = worker;
        this.workReady = workReady;
        this.interrupted = interrupted;
    }

    void start() {
        if (signals.canListen()) {
            thread.start();
        } else {
            log.atInfo().log("the connection pool is too small to listen for ready work; polling finds it");
        }
    }

    /// Ends the thread and gives its connection back; waits a moment for it.
    void stop() {
        stopping = true;
        Listening open = listening;
        if (open != null) {
            open.end();
        }
        thread.interrupt();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            thread.join(STOP_MAX);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = PAUSE_MIN;
        while (!stopping) {
            try (Listening open = signals.listen()) {
                listening = open;
                pause = PAUSE_MIN;
                // What was told before it listened.
                workReady.run();
                interrupted.run();
                listen(open);
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException | Error problem) {
                pause = waitAfter(problem, pause);
            } finally {
                listening = null;
            }
        }
    }

    private void listen(Listening open) throws InterruptedException {
        while (!stopping) {
            List<WorkSignal> heard = open.await(SILENCE_MAX);
            if (heard.isEmpty()) {
                open.check();
                continue;
            }
            if (heard.stream().anyMatch(WorkSignal.Interrupt.class::isInstance)) {
                interrupted.run();
            }
            if (heard.stream().anyMatch(this::isOthersWork)) {
                workReady.run();
            }
            Thread.sleep(GATHER);
        }
    }

    private boolean isOthersWork(WorkSignal signal) {
        return signal instanceof WorkSignal.WorkReady(String teller) && !teller.equals(worker.value());
    }

    /// @return the pause after the next failure
    private Duration waitAfter(Throwable problem, Duration pause) {
        if (stopping) {
            return pause;
        }
        log.atInfo()
                .addKeyValue("again_in", pause)
                .addKeyValue("problem", problem.getMessage())
                .log("not listening for ready work; polling finds it");
        try {
            Thread.sleep(pause);
        } catch (InterruptedException _) {
            stopping = true;
        }
        return pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
    }
}
