package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.StepId;
import dev.tasker.store.ReadinessStore;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A step as a user writes it: its id, or `TASK_ID:NAME`.
final class StepText {
    /// What `--help` calls such a text.
    static final String LABEL = "STEP_ID|TASK_ID:NAME";

    private static final Pattern ID = Pattern.compile("[1-9][0-9]{0,17}");
    private static final Pattern TASK_AND_NAME = Pattern.compile("([1-9][0-9]{0,17}):(.+)");

    private StepText() {}

    /// Finds the step. An id is taken as it is, whether there is such a step or not.
    ///
    /// @throws InvalidRequestException OPTION_INVALID: neither form
    /// @throws dev.tasker.error.NotFoundException no such task, or no step of that name in it
    static StepId find(String text, ReadinessStore steps) {
        Matcher named = TASK_AND_NAME.matcher(text);
        if (named.matches()) {
            return steps.step(TaskIdText.of(Long.parseLong(named.group(1))), named.group(2));
        }
        if (ID.matcher(text).matches()) {
            return new StepId(Long.parseLong(text));
        }
        throw new InvalidRequestException(
                ErrorCode.OPTION_INVALID,
                "`" + text + "` names no step: write its id, or the task's id and its name, such as 42:charge_payment",
                Map.of("step", text));
    }
}
