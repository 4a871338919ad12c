package dev.tasker.runtime;

import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.reenqueue.TaskQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A real queue in memory, with threads that run its jobs.
final class MemoryQueue implements TaskQueue, AutoCloseable {
    private final String name;
    private final List<Tasker> engines = new CopyOnWriteArrayList<>();
    private final List<Enqueued> enqueued = new CopyOnWriteArrayList<>();
    private final List<JobVerdict> verdicts = new CopyOnWriteArrayList<>();
    private final List<Throwable> problems = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService threads =
            Executors.newScheduledThreadPool(4, Thread.ofPlatform().daemon().factory());
    private volatile Predicate<Enqueued> loses = _ -> false;

    MemoryQueue(String name) {
        this.name = name;
    }

    /// The engine whose jobs these are; of several, each job goes to the next one.
    void addWorker(Tasker tasker) {
        engines.add(tasker);
    }

    void lose(Predicate<Enqueued> which) {
        loses = which;
    }

    List<Enqueued> enqueued() {
        return List.copyOf(enqueued);
    }

    List<Enqueued> enqueued(TaskId task) {
        return enqueued.stream().filter(job -> job.task().equals(task)).toList();
    }

    List<JobVerdict> verdicts() {
        return List.copyOf(verdicts);
    }

    List<Throwable> problems() {
        return List.copyOf(problems);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void enqueue(TaskId task, Duration delay, String reason) {
        Enqueued job = new Enqueued(enqueued.size(), task, delay, reason);
        enqueued.add(job);
        if (!loses.test(job)) {
            ScheduledFuture<?> _ = threads.schedule(() -> run(job), delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void run(Enqueued job) {
        if (engines.isEmpty()) {
            return;
        }
        try {
            verdicts.add(engines.get(job.number() % engines.size()).runTask(job.task()));
        } catch (Exception problem) {
            problems.add(problem);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    record Enqueued(int number, TaskId task, Duration delay, String reason) {}
}
