package dev.tasker.embedding;

import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.reenqueue.TaskQueue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// The queue of the program, to which tasks are handed as work: whoever takes it enqueues a job.
///
/// @param name as tasks name it
record OfferedQueue(String name, NativeQueues queues, long engine) implements TaskQueue {
    @Override
    public void enqueue(TaskId task, Duration delay, String reason) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("kind", "enqueue");
        item.put("task_id", task.value());
        item.put("delay_ms", delay.toMillis());
        item.put("reason", reason);
        if (!queues.offer(engine, 0, 0, ItemKind.NEW, Json.write(item))) {
            // The sweep hands it over again, here or elsewhere.
            throw new IllegalStateException("the engine closes");
        }
    }
}
