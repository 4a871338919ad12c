package dev.tasker.benchmarks.polyglot;

import dev.tasker.execution.Sequence;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Results of an earlier step that come when everybody has asked for them.
record Meeting(CountDownLatch expected) implements Sequence {
    private static final long SECONDS_MAX = 120;

    @Override
    public Ancestor findStepByName(String name) {
        expected.countDown();
        try {
            if (!expected.await(SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IllegalStateException("another context never came");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
        return new Ancestor(name, "complete", "met");
    }
}
