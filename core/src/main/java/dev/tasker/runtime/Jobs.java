package dev.tasker.runtime;

import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.EnqueueSchedule;
import dev.tasker.reenqueue.JobOutlook;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.reenqueue.JobVerdict.Again;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.reenqueue.TaskQueue;
import dev.tasker.reenqueue.TaskQueues;
import dev.tasker.runtime.TaskJobs.Run;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Runs tasks one by one, for queues that hand out one task at a time. Safe from any thread.
final class Jobs {
    /// How often a job looks for steps of its task that have become due while others run.
    private static final Duration LOOK_MAX = Duration.ofSeconds(1);

    private final TaskQueues queues;
    private final TaskQueue database;
    private final EnqueueSchedule schedule;
    private final Handover handover;
    private final TaskJobs running;

    /// @param database the queue of tasks that name none
    Jobs(TaskQueues queues, TaskQueue database, EnqueueSchedule schedule, Handover handover, TaskJobs running) {
        this.queues = queues;
        this.database = database;
        this.schedule = schedule;
        this.handover = handover;
        this.running = running;
    }

    /// Runs the steps of one task until nothing more of it can run here now; blocks meanwhile.
    JobVerdict run(TaskId task) throws InterruptedException {
        Optional<Run> begun = running.begin(task);
        if (begun.isEmpty()) {
            return running.isStopping() ? comeBackSoon(task) : new JobVerdict.NothingToDo();
        }
        Run run = begun.get();
        try {
            running.awaitIdle(run, LOOK_MAX, JobOutlook.LOOK_AGAIN);
            long looked = System.nanoTime();
            JobOutlook outlook = schedule.outlook(task);
            if (outlook.readySteps() > 0 && !running.isStopping()) {
                // One may have become due after the last turn.
                running.again(run);
                running.awaitIdle(run, LOOK_MAX, JobOutlook.LOOK_AGAIN);
                looked = System.nanoTime();
                outlook = schedule.outlook(task);
            }
            return conclude(task, new Look(outlook, looked), limit(run));
        } catch (InterruptedException stopped) {
            comeBackSoon(task);
            throw stopped;
        } finally {
            running.end(run);
        }
    }

    /// A stopping engine leaves at once what is ready.
    private Optional<Duration> limit(Run run) {
        return running.isStopping() ? Optional.of(Duration.ZERO) : run.limitedFor();
    }

    private JobVerdict conclude(TaskId task, Look look, Optional<Duration> limitedFor) {
        JobVerdict verdict = look.outlook().verdict(limitedFor);
        return switch (verdict) {
            case JobVerdict.Ended _, JobVerdict.NothingToDo _ -> verdict;
            case Again again -> comeBack(task, look, again);
        };
    }

    private JobVerdict comeBack(TaskId task, Look look, Again again) {
        Optional<String> enqueuer = look.outlook().enqueuer();
        if (enqueuer.isEmpty()) {
            handover.give(database, task, again.delay(), again.reason());
            return again;
        }
        Optional<TaskQueue> queue = queues.find(enqueuer.get());
        if (queue.isEmpty()) {
            // An engine that has the queue hands it over.
            schedule.postpone(List.of(task), again.delay());
            return again;
        }
        if (!schedule.promise(task, again.delay(), look.age())) {
            return new JobVerdict.NothingToDo();
        }
        if (!handover.give(queue.get(), task, again.delay(), again.reason())) {
            schedule.postpone(List.of(task), handover.refusedPause());
        }
        return again;
    }

    private Again comeBackSoon(TaskId task) {
        schedule.postpone(List.of(task), Duration.ZERO);
        return new Again(Duration.ZERO, ReenqueueReason.PENDING_STEPS_REMAINING);
    }

    /// What a job saw of its task, and when it began to look.
    private record Look(JobOutlook outlook, long nanos) {
        Duration age() {
            return Duration.ofNanos(System.nanoTime() - nanos);
        }
    }
}
