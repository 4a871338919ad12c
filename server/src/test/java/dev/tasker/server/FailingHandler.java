package dev.tasker.server;

import dev.tasker.error.PermanentError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.util.Map;

/// Never succeeds.
public final class FailingHandler extends StepHandler {
    @Override
    public Object process(Task task, Sequence sequence, Step step) {
        throw new PermanentError("the shop is closed", "SHOP_CLOSED", Map.of());
    }
}
