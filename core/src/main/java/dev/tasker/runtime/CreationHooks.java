package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.StepAdjustments;
import dev.tasker.template.Template;
import java.util.Map;

/// What the task handlers of templates do before a task is stored. Safe from any thread.
interface CreationHooks {
    /// Hooks of a process that runs no handlers: it can make no task of a template with a task handler.
    CreationHooks UNAVAILABLE = new CreationHooks() {
        @Override
        public void check(Template template, TaskRequest request) {
            template.taskHandler().ifPresent(handler -> {
                throw unavailable(template, handler.key());
            });
        }

        @Override
        public StepAdjustments adjust(Template template, TaskRequest request) {
            return StepAdjustments.NONE;
        }
    };

    /// Refuses a request whose context does not fit the schema of the task handler.
    ///
    /// @throws dev.tasker.error.InvalidRequestException CONTEXT_INVALID, TASK_HANDLER_FAILED
    /// @throws HandlerLoadException RUNTIME_UNAVAILABLE, or the task handler cannot be loaded
    void check(Template template, TaskRequest request);

    /// How the steps of a task are to differ from those of its template.
    ///
    /// @throws dev.tasker.error.InvalidRequestException TASK_HANDLER_FAILED
    /// @throws HandlerLoadException RUNTIME_UNAVAILABLE, or the task handler cannot be loaded
    StepAdjustments adjust(Template template, TaskRequest request);

    static HandlerLoadException unavailable(Template template, HandlerKey key) {
        return new HandlerLoadException(
                ErrorCode.RUNTIME_UNAVAILABLE,
                "template " + template.key() + " has a task handler in "
                        + key.runtime().key() + " (" + key
                        + "), which this process cannot run; create the task with `tasker run`, or with an engine that"
                        + " hosts " + key.runtime().key(),
                Map.of("template", template.key().toString(), "handler", key.toString()));
    }
}
