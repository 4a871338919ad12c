package dev.tasker.server.diagnosis;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.util.List;
import java.util.Map;

/// The step that the others of a [TrialTask] build on.
public final class TrialStart extends StepHandler {
    @Override
    public Object process(Task task, Sequence sequence, Step step) {
        return Map.of("lines", List.of(1L, 2L));
    }
}
