package dev.tasker.reenqueue;

import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.util.function.Consumer;

/// The queue of tasks that name no enqueuer: the steps table itself. To enqueue is to wake the scheduler up,
/// which claims what is ready; nothing is stored, so nothing can be lost.
///
/// @param wakeAfter wakes the scheduler of this engine after a delay
public record InDatabaseQueue(Consumer<Duration> wakeAfter) implements TaskQueue {
    public static final String NAME = "database";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void enqueue(TaskId task, Duration delay, String reason) {
        wakeAfter.accept(delay);
    }
}
