package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.EventTimes;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.finalization.TaskOutlook;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.Backoff;
import dev.tasker.runtime.WaveEvents.AttemptFacts;
import dev.tasker.runtime.WaveEvents.Running;
import dev.tasker.transition.StepState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.ExpiredLeases.ExpiredStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaveResult.Recorded;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Publishes the `workflow.*` and `observability.*` events: what the engine did, beside the transitions themselves.
final class WorkflowEvents {
    private static final double PERCENT = 100.0;
    private static final double MILLIS_PER_SECOND = 1_000.0;

    private final EventPublisher publisher;

    WorkflowEvents(EventPublisher publisher) {
        this.publisher = publisher;
    }

    void started(EventSubject task, Instant at) {
        orchestration("workflow.task_started", at, task, Map::of);
        publish("observability.task.handle", at, task, Map::of);
    }

    /// One outcome of a wave.
    void recorded(Recorded recorded, Running step, AttemptFacts facts) {
        EventSubject subject = step.subject();
        publish("observability.step.handle", recorded.at(), subject, () -> {
            Map<String, @Nullable Object> payload = new LinkedHashMap<>(facts.times());
            payload.put("to_state", recorded.state().key());
            return payload;
        });
        if (recorded.state() == StepState.COMPLETE) {
            orchestration("workflow.step_completed", recorded.at(), subject, facts::times);
        } else if (recorded.state() == StepState.ERROR) {
            orchestration("workflow.step_failed", recorded.at(), subject, facts::failure);
            recorded.retriesAt().ifPresent(time -> backoff(recorded, step, time));
            if (recorded.retriesAt().isEmpty() && recorded.outcome().kind() == Outcome.Kind.RETRYABLE_FAILURE) {
                exhausted(recorded, step);
            }
        }
    }

    /// All outcomes of a wave.
    void recorded(List<Recorded> recorded) {
        if (recorded.isEmpty()) {
            return;
        }
        orchestration(
                "workflow.steps_execution_completed",
                recorded.getFirst().at(),
                EventSubject.NONE,
                () -> Map.of("processed_count", recorded.size(), "successful_count", (int) recorded.stream()
                        .filter(step -> step.state() == StepState.COMPLETE)
                        .count()));
    }

    /// All claims of a wave.
    void claimed(List<ClaimedStep> claimed, Function<ClaimedStep, EventSubject> subject) {
        if (claimed.isEmpty()) {
            return;
        }
        Instant at = claimed.getFirst().claimedAt();
        publish("observability.step.find_viable", at, EventSubject.NONE, () -> steps(claimed));
        if (publisher.hasSubscriber("workflow.viable_steps_discovered")) {
            Map<TaskId, List<ClaimedStep>> tasks = claimed.stream()
                    .collect(Collectors.groupingBy(
                            step -> step.task().taskId(), LinkedHashMap::new, Collectors.toList()));
            tasks.values()
                    .forEach(steps -> orchestration(
                            "workflow.viable_steps_discovered",
                            at,
                            subject.apply(steps.getFirst()).withoutStep(),
                            () -> steps(steps)));
        }
        orchestration("workflow.steps_execution_started", at, EventSubject.NONE, () -> steps(claimed));
    }

    /// A lease ran out.
    void expired(ExpiredStep step, Map<String, @Nullable Object> facts) {
        orchestration("workflow.step_failed", step.at(), step.subject(), () -> failureOf(facts));
        if (!step.runsAgain()) {
            publish(
                    "observability.step.max_retries_reached",
                    step.at(),
                    step.subject(),
                    () -> only(facts, "error_message", "exception_class"));
        }
    }

    /// A task is looked at.
    void finalizing(EventSubject task, TaskVerdict verdict) {
        TaskOutlook outlook = verdict.outlook();
        orchestration(
                "workflow.task_finalization_started",
                outlook.at(),
                task,
                () -> Map.of("total_steps", outlook.total(), "processed_steps_count", outlook.completed()));
    }

    /// What became of a task.
    void finalized(EventSubject task, TaskVerdict verdict) {
        TaskOutlook outlook = verdict.outlook();
        String status = switch (verdict) {
            case TaskVerdict.Complete _ -> "complete";
            case TaskVerdict.Failed _ -> "error";
            case TaskVerdict.Waiting _ -> "waiting";
        };
        orchestration("workflow.task_finalization_completed", outlook.at(), task, () -> finalization(outlook, status));
        switch (verdict) {
            case TaskVerdict.Complete complete ->
                orchestration("workflow.task_completed", outlook.at(), task, () -> summary(complete));
            case TaskVerdict.Failed failed ->
                orchestration("workflow.task_failed", outlook.at(), task, () -> {
                    Map<String, @Nullable Object> payload = failure(failed);
                    payload.remove("error_message");
                    return payload;
                });
            case TaskVerdict.Waiting waiting -> waits(task, waiting);
        }
        if (!(verdict instanceof TaskVerdict.Waiting)) {
            publish("observability.task.finalize", outlook.at(), task, () -> {
                Map<String, @Nullable Object> payload = summary(verdict);
                payload.put("final_status", status);
                return payload;
            });
        }
    }

    /// How far a task came, as its last event tells it.
    static Map<String, @Nullable Object> summary(TaskVerdict verdict) {
        TaskOutlook outlook = verdict.outlook();
        Map<String, @Nullable Object> summary = new LinkedHashMap<>();
        summary.put("started_at", outlook.startedAt().toString());
        if (!(verdict instanceof TaskVerdict.Waiting)) {
            summary.put("completed_at", outlook.at().toString());
            summary.put("total_execution_duration", EventTimes.seconds(outlook.startedAt(), outlook.at()));
        }
        summary.put("total_steps", outlook.total());
        summary.put("completed_steps", outlook.completed());
        summary.put("failed_steps", outlook.failed());
        summary.put("in_progress_steps", outlook.inProgress());
        summary.put("pending_steps", outlook.pending());
        return summary;
    }

    static Map<String, @Nullable Object> failure(TaskVerdict.Failed failed) {
        Map<String, @Nullable Object> payload = summary(failed);
        int blocked = failed.blocked().size();
        payload.put(
                "blocked_step_ids", failed.blocked().stream().map(StepId::value).toList());
        payload.put("error_message", blocked == 1 ? "1 step is blocked" : blocked + " steps are blocked");
        return payload;
    }

    static String strategy(Backoff backoff) {
        return backoff.strategy().name().toLowerCase(Locale.ROOT);
    }

    private void waits(EventSubject task, TaskVerdict.Waiting waiting) {
        Instant at = waiting.outlook().at();
        String reason = waiting.resumesAt().isPresent() ? "awaiting_retry" : "awaiting_running_steps";
        if (waiting.resumesAt().map(at::isBefore).orElse(true)) {
            orchestration("workflow.no_viable_steps", at, task, () -> {
                Map<String, @Nullable Object> payload = summary(waiting);
                payload.put("reason", reason);
                return payload;
            });
        }
        waiting.resumesAt()
                .ifPresent(resumesAt -> orchestration(
                        "workflow.task_reenqueue_delayed",
                        at,
                        task,
                        () -> Map.of(
                                "reason",
                                reason,
                                "delay_seconds",
                                EventTimes.seconds(at, resumesAt),
                                "scheduled_for",
                                resumesAt.toString())));
    }

    private void backoff(Recorded recorded, Running step, Instant retriesAt) {
        publish("observability.step.backoff", recorded.at(), step.subject(), () -> {
            Backoff backoff = step.backoff();
            Object retryAfter = FailureFacts.error(recorded).get("retry_after");
            Map<String, @Nullable Object> payload = new LinkedHashMap<>();
            payload.put("backoff_seconds", recorded.outcome().retryDelay().toMillis() / MILLIS_PER_SECOND);
            payload.put("backoff_type", retryAfter == null ? strategy(backoff) : "server_requested");
            payload.put("retry_after", retryAfter);
            payload.put(
                    "attempt",
                    step.subject().attempt() == null
                            ? 1
                            : step.subject().attempt().number());
            payload.put("base_delay", backoff.base().toMillis() / MILLIS_PER_SECOND);
            payload.put("multiplier", backoff.multiplier());
            payload.put("jitter_enabled", backoff.jitter() > 0);
            payload.put("jitter_max_percentage", backoff.jitter() * PERCENT);
            payload.put("scheduled_for", retriesAt.toString());
            return payload;
        });
    }

    private void exhausted(Recorded recorded, Running step) {
        publish("observability.step.max_retries_reached", recorded.at(), step.subject(), () -> {
            Map<?, ?> error = FailureFacts.error(recorded);
            Map<String, @Nullable Object> payload = new LinkedHashMap<>();
            payload.put("error_message", error.get("message"));
            payload.put("exception_class", error.get("class"));
            return payload;
        });
    }

    private static Map<String, @Nullable Object> finalization(TaskOutlook outlook, String status) {
        return Map.of(
                "final_status",
                status,
                "total_steps",
                outlook.total(),
                "processed_steps_count",
                outlook.completed(),
                "failed_steps",
                outlook.failed(),
                "completion_percentage",
                Math.round(PERCENT * PERCENT * outlook.completed() / Math.max(1, outlook.total())) / PERCENT);
    }

    private static Map<String, Object> steps(List<ClaimedStep> claimed) {
        return Map.of(
                "step_ids",
                claimed.stream().map(step -> step.step().stepId().value()).toList(),
                "step_count",
                claimed.size(),
                "processing_mode",
                "concurrent");
    }

    private static Map<String, @Nullable Object> failureOf(Map<String, @Nullable Object> facts) {
        return only(facts, "error_message", "exception_class", "error_code", "retryable", "completed_at");
    }

    private static Map<String, @Nullable Object> only(Map<String, @Nullable Object> facts, String... keys) {
        Map<String, @Nullable Object> some = new LinkedHashMap<>();
        for (String key : keys) {
            some.put(key, facts.get(key));
        }
        return some;
    }

    private void orchestration(
            String name,
            Instant at,
            EventSubject subject,
            Supplier<? extends Map<String, ? extends @Nullable Object>> facts) {
        publish(name, at, subject, () -> {
            Map<String, @Nullable Object> payload = new LinkedHashMap<>(facts.get());
            payload.put("orchestration_event", true);
            return payload;
        });
    }

    private void publish(
            String name,
            Instant at,
            EventSubject subject,
            Supplier<? extends Map<String, ? extends @Nullable Object>> facts) {
        publisher.publish(name, () -> LifecycleEvent.of(name, at, subject, facts.get()));
    }
}
