package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.util.Map;

/// An option with a value that makes no sense.
final class OptionProblem {
    private OptionProblem() {}

    static InvalidRequestException of(String option, String reason) {
        return new InvalidRequestException(ErrorCode.OPTION_INVALID, option + ": " + reason, Map.of("option", option));
    }
}
