package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerHost.RunningAttempt;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.execution.TaskHook;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import dev.tasker.template.Template;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Calls hooks of task handlers on the host of their language, as attempts of steps that are stored nowhere. Safe
/// from any thread.
final class TaskHooks {
    /// A hook that takes longer is stopped; the wait for a free slot of its language counts.
    static final Duration TIME_LIMIT = Duration.ofSeconds(30);

    private final LoadedHandlers handlers;
    private final Duration limit;

    TaskHooks(LoadedHandlers handlers) {
        this(handlers, TIME_LIMIT);
    }

    TaskHooks(LoadedHandlers handlers, Duration limit) {
        this.handlers = handlers;
        this.limit = limit;
    }

    /// Calls a hook and waits for it.
    ///
    /// @param key   the template's task handler
    /// @param input what the base class of task handlers takes: `task` and, but for the schema, `steps`
    /// @throws InvalidRequestException TASK_HANDLER_FAILED
    /// @throws dev.tasker.error.HandlerLoadException RUNTIME_UNAVAILABLE, or it cannot be loaded
    @Nullable
    Object call(Template template, HandlerKey key, TaskHook hook, Map<String, @Nullable Object> input) {
        handlers.loadTaskHandler(template);
        CompletableFuture<StepResult> completion = new CompletableFuture<>();
        RunningAttempt running = handlers.host(key).start(attempt(template, key, hook, input), completion::complete);
        return switch (await(template, hook, running, completion)) {
            case StepResult.Success(Object answer) -> answer;
            case StepResult.Failure(StepError error) ->
                throw failed(template, hook, error.errorClass() + ": " + error.message(), error);
            case StepResult.NotStarted(String reason) ->
                throw failed(
                        template,
                        hook,
                        reason,
                        StepError.retryable("NotStarted", reason, ErrorCode.RUNTIME_UNAVAILABLE.name()));
        };
    }

    /// The error of a hook whose answer cannot be used.
    static InvalidRequestException refused(Template template, TaskHook hook, RuntimeException problem) {
        String reason = String.valueOf(problem.getMessage());
        return failed(
                template,
                hook,
                reason,
                StepError.permanent(
                        problem.getClass().getName(), reason, ErrorCode.TASK_HANDLER_FAILED.name(), Map.of()));
    }

    private StepResult await(
            Template template, TaskHook hook, RunningAttempt running, CompletableFuture<StepResult> completion) {
        try {
            return completion.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            running.cancel();
            String reason = "it ran longer than " + limit.toSeconds() + " s and was stopped";
            throw failed(template, hook, reason, StepError.retryable("Timeout", reason, ErrorCode.STEP_TIMEOUT.name()));
        } catch (InterruptedException _) {
            running.cancel();
            Thread.currentThread().interrupt();
            String reason = "the thread that waited for it was interrupted";
            throw failed(
                    template,
                    hook,
                    reason,
                    StepError.retryable("Interrupted", reason, ErrorCode.STEP_CANCELLED.name()));
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static InvalidRequestException failed(Template template, TaskHook hook, String reason, StepError error) {
        return new InvalidRequestException(
                ErrorCode.TASK_HANDLER_FAILED,
                "the hook `" + hook.key() + "` of template " + template.key() + " failed: " + reason,
                Map.of("template", template.key().toString(), "hook", hook.key(), "error", error.toJson()));
    }

    private StepAttempt attempt(Template template, HandlerKey key, TaskHook hook, Map<String, @Nullable Object> input) {
        String id = hook.key();
        Task task = new Task(
                TaskId.NONE,
                template.key().namespace(),
                template.key().name(),
                template.key().version().toString(),
                input,
                id,
                id,
                id,
                List.of(),
                id,
                Instant.EPOCH);
        return new StepAttempt(
                new ClaimId(1),
                key,
                task,
                name -> {
                    throw new IllegalStateException("a hook has no step `" + name + "` before it");
                },
                new Step(new StepId(1), id, 1, 1, Map.of(), Map.of()),
                null,
                template.source().map(DataFolder::beside).orElseGet(DataFolder::none),
                limit);
    }

    /// The part of a hook's input that describes the task, with what is known before there is one.
    static Map<String, @Nullable Object> subject(Template template, Map<String, @Nullable Object> context) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("task_id", null);
        json.put("namespace", template.key().namespace());
        json.put("name", template.key().name());
        json.put("version", template.key().version().toString());
        json.put("state", "pending");
        json.put("context", context);
        json.put("initiator", "unknown");
        json.put("source_system", "unknown");
        json.put("reason", "unknown");
        json.put("tags", List.of());
        json.put("correlation_id", null);
        json.put("requested_at", null);
        return json;
    }
}
