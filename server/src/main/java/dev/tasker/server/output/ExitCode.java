package dev.tasker.server.output;

import dev.tasker.error.ErrorCode;

/// How a command ended, for scripts. Numbers are stable.
public enum ExitCode {
    OK(0),
    TASK_FAILED(1),
    BAD_INPUT(2),
    NO_DATABASE(3),
    NOT_FOUND(4),
    CONFLICT(5),
    BUG(70);

    /// A process that a signal ended has this number plus the signal's, as in a shell.
    public static final int SIGNAL_OFFSET = 128;

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /// The exit code for an error of this kind.
    public static ExitCode of(ErrorCode.Kind kind) {
        return switch (kind) {
            case INVALID -> BAD_INPUT;
            case NOT_FOUND -> NOT_FOUND;
            case CONFLICT -> CONFLICT;
            case UNAVAILABLE -> NO_DATABASE;
            case STEP -> TASK_FAILED;
            case INTERNAL -> BUG;
        };
    }
}
