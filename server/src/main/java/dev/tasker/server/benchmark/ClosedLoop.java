package dev.tasker.server.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Keeps a number of tasks in flight: each client begins a task when its last one is complete.
///
/// A burst is the same with as many clients as tasks.
public final class ClosedLoop {
    private static final int LATENCIES_FIRST = 1_024;

    private final WorkflowSystem system;
    private final Limits limits;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final long firstNumber;
    private final long start = System.nanoTime();

    private ClosedLoop(WorkflowSystem system, Limits limits, long firstNumber) {
        this.system = system;
        this.limits = limits;
        this.firstNumber = firstNumber;
    }

    /// How much is run: no task begins after `tasksMax` tasks, nor after `timeMax`, unless there are fewer than
    /// `tasksMin`.
    ///
    /// @param inFlight the number of clients
    public record Limits(int inFlight, long tasksMin, long tasksMax, Duration timeMax) {
        /// So many tasks, however long they take.
        public static Limits ofTasks(int inFlight, long tasks) {
            return new Limits(inFlight, tasks, tasks, Duration.ZERO);
        }

        /// So long, but at least one task of each client.
        public static Limits ofTime(int inFlight, Duration time) {
            return new Limits(inFlight, inFlight, Long.MAX_VALUE, time);
        }
    }

    /// Runs tasks and returns when all that were begun are complete.
    ///
    /// @param firstNumber the number of the first task; the following ones count up
    /// @throws IllegalStateException a task failed; no more were begun
    public static LoopResult run(WorkflowSystem system, Limits limits, long firstNumber) throws InterruptedException {
        return new ClosedLoop(system, limits, firstNumber).run();
    }

    private LoopResult run() throws InterruptedException {
        List<Client> clients = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < limits.inFlight(); i++) {
            Client client = new Client();
            clients.add(client);
            threads.add(Thread.ofVirtual().name("client-", i).start(client));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            threads.forEach(Thread::interrupt);
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        Exception problem = failure.get();
        if (problem != null) {
            throw new IllegalStateException("a task of the benchmark failed: " + problem.getMessage(), problem);
        }
        long[] latencies = clients.stream()
                .flatMapToLong(client -> Arrays.stream(client.latencies, 0, client.count))
                .toArray();
        return new LoopResult(latencies.length, begun.get(), elapsed, LatencyStatistics.of(latencies));
    }

    private boolean mayBegin(long index) {
        if (failure.get() != null || index >= limits.tasksMax()) {
            return false;
        }
        return index < limits.tasksMin()
                || System.nanoTime() - start < limits.timeMax().toNanos();
    }

    private final class Client implements Runnable {
        private long[] latencies = new long[Math.min(LATENCIES_FIRST, 1 + LATENCIES_FIRST * 16 / limits.inFlight())];
        private int count;

        @Override
        public void run() {
            try {
                long index = begun.getAndIncrement();
                while (mayBegin(index)) {
                    long begin = System.nanoTime();
                    system.run(firstNumber + index);
                    record(System.nanoTime() - begin);
                    index = begun.getAndIncrement();
                }
            } catch (InterruptedException | RuntimeException problem) {
                failure.compareAndSet(null, problem);
            }
        }

        private void record(long nanos) {
            if (count == latencies.length) {
                latencies = Arrays.copyOf(latencies, count * 2);
            }
            latencies[count] = nanos;
            count++;
        }
    }
}
