package dev.tasker.error;

import java.io.Serial;
import java.util.Map;

/// Thrown into a handler by its heartbeat: the attempt was cancelled, or the step belongs to another worker by now.
/// Whatever the handler still returns is not recorded; it should clean up and end.
public final class StepCancelledException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public StepCancelledException(String message, Map<String, ?> details) {
        super(ErrorCode.STEP_CANCELLED, message, details, null);
    }
}
