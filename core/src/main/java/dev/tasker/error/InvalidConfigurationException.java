package dev.tasker.error;

import java.io.Serial;
import java.util.Map;

/// Settings that cannot be used; the message names the file and line, the variable or the option of each. Nothing was
/// started.
public final class InvalidConfigurationException extends TaskerException {
    @Serial
    private static final long serialVersionUID = 1L;

    public InvalidConfigurationException(ErrorCode code, String message, Map<String, ?> details) {
        super(code, message, details, null);
    }
}
