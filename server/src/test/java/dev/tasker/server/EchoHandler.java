package dev.tasker.server;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.util.Map;

/// Gives back the context, so that tests see what a handler got.
public final class EchoHandler extends StepHandler {
    @Override
    public Map<String, Object> process(Task task, Sequence sequence, Step step) {
        return Map.of("context", task.context());
    }
}
