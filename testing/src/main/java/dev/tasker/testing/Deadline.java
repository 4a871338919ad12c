package dev.tasker.testing;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Runs a handler on the calling thread, and interrupts it when it takes too long in real time.
final class Deadline {
    private final Thread caller;
    private final CountDownLatch done = new CountDownLatch(1);
    private boolean struck;

    private Deadline(Thread caller) {
        this.caller = caller;
    }

    /// @param what in the message
    /// @throws AssertionError it took longer than the limit
    static <T> T run(Duration limit, String what, Supplier<T> work) {
        Deadline deadline = new Deadline(Thread.currentThread());
        Thread.ofVirtual().name("tasker-test-deadline").start(() -> deadline.await(limit));
        T result;
        boolean late;
        try {
            result = work.get();
        } finally {
            late = deadline.end();
        }
        if (late) {
            throw tooLong(what, limit);
        }
        return result;
    }

    static AssertionError tooLong(String what, Duration limit) {
        return new AssertionError(
                what + " ran longer than " + limit.toMillis() + " ms of real time. Virtual time stands"
                        + " still while a handler runs: give it the test's clock(), script its step, or set another deadline().");
    }

    private void await(Duration limit) {
        try {
            if (!done.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                strike();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void strike() {
        if (done.getCount() > 0) {
            struck = true;
            caller.interrupt();
        }
    }

    private synchronized boolean end() {
        done.countDown();
        if (struck) {
            // The interrupt was for the handler, not for the test.
            boolean _ = Thread.interrupted();
        }
        return struck;
    }
}
