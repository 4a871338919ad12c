package dev.tasker.event;

import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an event is about: a task, a step of it, or neither.
///
/// @param attempt what is known about the step's attempt
public record EventSubject(
        @Nullable TaskId task,
        @Nullable TemplateKey template,
        @Nullable StepRef step,
        @Nullable Attempt attempt) {
    public static final EventSubject NONE = new EventSubject(null, null, null, null);

    /// One attempt of a step.
    ///
    /// @param number    from 1
    /// @param limit     executions in all
    /// @param startedAt when it was claimed
    public record Attempt(int number, int limit, @Nullable Instant startedAt) {}

    public static EventSubject of(TaskId task, @Nullable TemplateKey template) {
        return new EventSubject(task, template, null, null);
    }

    /// A step of this task.
    public EventSubject withStep(StepRef ofTask, @Nullable Attempt known) {
        return new EventSubject(task, template, ofTask, known);
    }

    /// The task alone.
    public EventSubject withoutStep() {
        return new EventSubject(task, template, null, null);
    }

    /// The part of a payload that tells what it is about.
    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        if (task != null) {
            facts.put("task_id", task.value());
        }
        if (template != null) {
            facts.put("task_name", template.name());
            facts.put("task_namespace", template.namespace());
            facts.put("task_version", template.version().toString());
        }
        if (step != null) {
            facts.put("step_id", step.id().value());
            facts.put("step_name", step.name());
        }
        if (attempt != null) {
            facts.put("attempt_number", attempt.number());
            facts.put("retry_limit", attempt.limit());
            facts.put(
                    "started_at",
                    attempt.startedAt() == null ? null : attempt.startedAt().toString());
        }
        return facts;
    }
}
