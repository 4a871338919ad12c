package dev.tasker.server.command;

import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operations;
import dev.tasker.store.ReadinessStore;

/// A step as a user writes it: its id, or `TASK_ID:STEP_NAME`.
///
/// @param number the step's id where `name` is empty, else the task's
record StepText(long number, String name) {
    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID
    static StepText parse(String text) {
        int colon = text.indexOf(':');
        String digits = colon < 0 ? text : text.substring(0, colon);
        String name = colon < 0 ? "" : text.substring(colon + 1);
        if (!digits.matches("0*[1-9][0-9]{0,17}") || (colon >= 0 && name.isBlank())) {
            throw OptionProblem.of("STEP", "`" + text + "` is neither the id of a step nor TASK_ID:STEP_NAME");
        }
        return new StepText(Long.parseLong(digits), name);
    }

    StepId find(Operations operations) {
        return name.isEmpty() ? new StepId(number) : operations.stepNamed(new TaskId(number), name);
    }

    StepId find(ReadinessStore steps) {
        return name.isEmpty() ? new StepId(number) : steps.step(new TaskId(number), name);
    }
}
