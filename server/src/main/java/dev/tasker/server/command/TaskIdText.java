package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import java.util.Map;

/// A task id as a user writes it.
final class TaskIdText {
    private TaskIdText() {}

    /// @throws InvalidRequestException OPTION_INVALID: no positive number
    static TaskId of(long number) {
        if (number < 1) {
            throw new InvalidRequestException(
                    ErrorCode.OPTION_INVALID, "a task id is a positive number, not " + number, Map.of());
        }
        return new TaskId(number);
    }
}
