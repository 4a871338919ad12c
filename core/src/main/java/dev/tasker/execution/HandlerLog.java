package dev.tasker.execution;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/// The log of one attempt: lines of the host's log that carry the ids of task and step. Safe from any thread.
public final class HandlerLog {
    /// Loggers are named `tasker.handler.<handler class>`, so that each handler has a level of its own.
    public static final String LOGGER_PREFIX = "tasker.handler.";

    private static final int MESSAGE_CHARS_MAX = 10_000;

    private final Logger log;
    private final Task task;
    private final Step step;

    HandlerLog(StepAttempt attempt) {
        this.log = LoggerFactory.getLogger(
                LOGGER_PREFIX + attempt.handlerKey().handlerClass().replace("::", "."));
        this.task = attempt.task();
        this.step = attempt.step();
    }

    public void debug(String message, Map<String, ?> fields) {
        write(Level.DEBUG, message, fields);
    }

    public void info(String message, Map<String, ?> fields) {
        write(Level.INFO, message, fields);
    }

    public void warn(String message, Map<String, ?> fields) {
        write(Level.WARN, message, fields);
    }

    public void error(String message, Map<String, ?> fields) {
        write(Level.ERROR, message, fields);
    }

    /// Writes one line; a longer message is cut.
    public void write(Level level, String message, Map<String, ? extends @Nullable Object> fields) {
        if (!log.isEnabledForLevel(level)) {
            return;
        }
        LoggingEventBuilder line = log.atLevel(level)
                .addKeyValue("task_id", task.taskId())
                .addKeyValue("workflow_step_id", step.stepId())
                .addKeyValue("step", step.name())
                .addKeyValue("attempt", step.attempts());
        for (Map.Entry<String, ? extends @Nullable Object> field : fields.entrySet()) {
            line = line.addKeyValue(field.getKey(), field.getValue());
        }
        line.log(message.length() > MESSAGE_CHARS_MAX ? message.substring(0, MESSAGE_CHARS_MAX) + "…" : message);
    }
}
