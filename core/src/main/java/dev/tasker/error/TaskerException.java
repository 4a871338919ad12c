package dev.tasker.error;

import java.io.Serial;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A caller's or an operating error: what happened, to what, why, and what to do. Nothing was changed unless the
/// subclass says so.
public abstract sealed class TaskerException extends RuntimeException
        permits InvalidTemplateException,
                InvalidRequestException,
                HandlerLoadException,
                NotFoundException,
                ConflictException,
                StoreUnavailableException,
                ContentRefusedException,
                BacklogFullException,
                StepCancelledException,
                InvalidConfigurationException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, Object> details;

    TaskerException(ErrorCode code, String message, Map<String, ?> details, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    public ErrorCode code() {
        return code;
    }

    /// The facts of the message as JSON-like values, for programs.
    public Map<String, Object> details() {
        return details;
    }
}
