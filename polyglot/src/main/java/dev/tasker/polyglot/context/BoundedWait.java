package dev.tasker.polyglot.context;

import java.time.Duration;

/// Does on a thread of its own what may never end, and waits for it no longer than one can.
///
/// A platform thread: GraalVM enters contexts on virtual ones only as an experiment.
public final class BoundedWait {
    private BoundedWait() {}

    /// Returns when the work has ended or the time has passed; then the work goes on alone.
    public static void of(Runnable work, Duration limit) {
        Thread thread = Thread.ofPlatform().daemon().name("tasker-close").start(work);
        try {
            boolean _ = thread.join(limit);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
