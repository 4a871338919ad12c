package dev.tasker.store;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.TaskOutlookRecord;
import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.EnqueueSchedule;
import dev.tasker.reenqueue.JobOutlook;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jooq.types.YearToSecond;

/// When tasks are handed to queues outside of the database. Safe from any thread.
public final class EnqueueStore implements EnqueueSchedule {
    private final Database database;
    private final Duration repeat;

    /// @param repeat how long after its time a task that was handed over and not moved on counts as lost
    public EnqueueStore(Database database, Duration repeat) {
        this.database = database;
        this.repeat = repeat;
    }

    @Override
    public List<DueTask> take(Set<String> enqueuers, int limit) {
        return database
                .call(dsl -> Tables.TAKE_ENQUEUABLE_TASKS(
                        dsl.configuration(), enqueuers.toArray(String[]::new), limit, YearToSecond.valueOf(repeat)))
                .stream()
                .map(row -> new DueTask(
                        new TaskId(row.getTaskId()),
                        row.getEnqueuer(),
                        row.getIsFirst()
                                ? ReenqueueReason.READY_FOR_PROCESSING
                                : ReenqueueReason.PENDING_STEPS_REMAINING))
                .toList();
    }

    @Override
    public JobOutlook outlook(TaskId task) {
        TaskOutlookRecord row = database.call(dsl -> Tables.TASK_OUTLOOK(dsl.configuration(), task.value())).stream()
                .findFirst()
                .orElseThrow(() -> TaskStore.notFound(task));
        return new JobOutlook(
                TaskState.of(row.getState()),
                Optional.ofNullable(row.getEnqueuer()),
                row.getRunningSteps(),
                row.getReadySteps(),
                Optional.ofNullable(row.getResumesIn()).map(YearToSecond::toDuration),
                row.getWaitsForRetry());
    }

    @Override
    public boolean promise(TaskId task, Duration delay, Duration looked) {
        return database.call(dsl -> Routines.scheduleEnqueue(
                dsl.configuration(),
                task.value(),
                YearToSecond.valueOf(delay),
                YearToSecond.valueOf(repeat),
                YearToSecond.valueOf(looked)));
    }

    @Override
    public void postpone(Collection<TaskId> tasks, Duration delay) {
        database.call(dsl -> {
            Routines.postponeEnqueue(
                    dsl.configuration(),
                    tasks.stream().map(TaskId::value).toArray(Long[]::new),
                    YearToSecond.valueOf(delay));
            return tasks;
        });
    }
}
