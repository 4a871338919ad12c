package dev.tasker.runtime;

import dev.tasker.identity.WorkerId;
import dev.tasker.store.TaskStore;
import dev.tasker.task.CreatedTask;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Has tasks stored, and starts the steps that are claimed with them.
@FunctionalInterface
interface FirstSteps {
    /// For those who run no steps.
    FirstSteps NONE = (_, store, published) -> {
        WaveRequest nothing = WaveRequest.recordOnly(List.of(), new WorkerId("none"), Duration.ofSeconds(1));
        List<CreatedTask> tasks = store.apply(nothing).tasks();
        published.accept(tasks);
        return tasks;
    };

    /// Stores tasks. Blocks as `store` does, and throws what it throws; what follows from the answer fails nobody.
    ///
    /// @param count     how many
    /// @param store     does it, with what may be claimed
    /// @param published is told of the tasks before any of their steps starts
    List<CreatedTask> create(
            int count, Function<WaveRequest, TaskStore.Stored> store, Consumer<List<CreatedTask>> published);
}
