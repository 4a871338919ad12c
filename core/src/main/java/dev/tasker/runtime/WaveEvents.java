package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.EventSubject;
import dev.tasker.event.EventTimes;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.event.StoredTransition;
import dev.tasker.event.TransitionEvents;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.result.Backoff;
import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredLeases.ExpiredStep;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.WaveResult.Recorded;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Publishes what a committed wave changed, each transition once, in the order in which it was recorded; what
/// follows from it, in [WorkflowEvents].
final class WaveEvents {
    private final EventPublisher publisher;
    private final TransitionEvents transitions;
    private final WorkflowEvents workflow;
    private final VerdictEvents verdicts;
    private final CustomEvents customEvents;
    private final Map<ClaimId, Running> running = new ConcurrentHashMap<>();

    /// What attempts have published themselves.
    @FunctionalInterface
    interface CustomEvents {
        List<AttemptEvents.Published> take(ClaimId claim);
    }

    /// What is kept of a claim until its outcome is recorded.
    record Running(EventSubject subject, Backoff backoff) {}

    /// @param customEvents takes what an attempt has published itself
    WaveEvents(EventPublisher publisher, CustomEvents customEvents) {
        this.publisher = publisher;
        this.transitions = new TransitionEvents(publisher);
        this.workflow = new WorkflowEvents(publisher);
        this.verdicts = new VerdictEvents(publisher);
        this.customEvents = customEvents;
    }

    /// @param unsettled refused outcomes that may have been recorded before: what is known of them is kept
    void publish(WaveResult wave, Set<ClaimId> unsettled) {
        wave.refused().stream().filter(claim -> !unsettled.contains(claim)).forEach(this::forget);
        Map<TaskId, EventSubject> tasks = new HashMap<>();
        for (Recorded recorded : wave.recorded()) {
            List<AttemptEvents.Published> published = customEvents.take(recorded.claim());
            Running step = running.remove(recorded.claim());
            if (step != null) {
                tasks.put(recorded.task(), step.subject().withoutStep());
                publishRecorded(recorded, step);
                if (recorded.state() != StepState.PENDING) {
                    publishCustom(recorded.at(), step, published);
                }
            }
        }
        workflow.recorded(wave.recorded());
        publishVerdicts(wave.tasks(), tasks);
        wave.claimed().forEach(this::publishClaim);
        workflow.claimed(wave.claimed(), this::subject);
    }

    /// One change of a wave whose answer was lost, as the audit trail has it.
    void publish(StoredTransition change) {
        change.toEvent().map(WaveEvents::asPublished).ifPresent(publisher::publish);
        if (!(change.metadata().get("claim_id") instanceof Number number)) {
            return;
        }
        ClaimId claim = new ClaimId(number.longValue());
        if (change.toState().equals(StepState.IN_PROGRESS.key())) {
            running.put(claim, new Running(change.subject(), Backoff.DEFAULT));
        } else {
            List<AttemptEvents.Published> published = customEvents.take(claim);
            Running step = running.remove(claim);
            if (step != null && !change.toState().equals(StepState.PENDING.key())) {
                publishCustom(change.at(), step, published);
            }
        }
    }

    /// Only durable subscribers are told where the trail has it.
    private static LifecycleEvent asPublished(LifecycleEvent event) {
        Map<String, @Nullable Object> payload = new LinkedHashMap<>(event.payload());
        payload.remove("transition_id");
        return new LifecycleEvent(
                event.name(),
                event.at(),
                event.task(),
                event.template(),
                event.step(),
                event.fromState(),
                event.toState(),
                payload);
    }

    /// What a sweep of expired leases decided.
    void publish(ExpiredLeases expired) {
        Map<TaskId, EventSubject> tasks = new HashMap<>();
        for (ExpiredStep step : expired.steps()) {
            EventSubject task = step.subject().withoutStep();
            if (task.task() != null) {
                tasks.put(task.task(), task);
            }
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("reason", "lease_expired");
            facts.put("worker", step.worker());
            facts.put("completed_at", step.at().toString());
            facts.put("exception_class", "LeaseExpired");
            facts.put("error_message", "worker " + step.worker() + " stopped renewing its lease");
            facts.put("error_code", "LEASE_EXPIRED");
            facts.put("retryable", true);
            Map<String, @Nullable Object> event = new LinkedHashMap<>(facts);
            event.put("runs_again", step.runsAgain());
            transitions.publishStepTransition(
                    step.subject(), StepState.IN_PROGRESS, StepEvent.EXPIRE, step.at(), event);
            workflow.expired(step, facts);
        }
        publishVerdicts(expired.tasks(), tasks);
    }

    /// A handler is about to be called.
    void beforeHandle(ClaimedStep claimed) {
        publishNow("step.before_handle", claimed, Map.of());
    }

    /// A handler was called.
    void handle(ClaimedStep claimed) {
        publishNow("step.handle", claimed, Map.of());
    }

    /// A handler could not be called.
    void notStarted(ClaimedStep claimed, Throwable problem) {
        publishNow(
                "workflow.step_execution_failed",
                claimed,
                Map.of(
                        "orchestration_event",
                        true,
                        "error_message",
                        String.valueOf(problem.getMessage()),
                        "exception_class",
                        problem.getClass().getName()));
    }

    /// No outcome of this claim will come any more.
    void forget(ClaimId claim) {
        running.remove(claim);
        customEvents.take(claim);
    }

    private void publishNow(String name, ClaimedStep claimed, Map<String, ?> facts) {
        publisher.publish(name, () -> LifecycleEvent.of(name, publisher.now(), subject(claimed), facts));
    }

    private void publishRecorded(Recorded recorded, Running step) {
        AttemptFacts facts = new AttemptFacts(recorded, step.subject());
        switch (recorded.state()) {
            case COMPLETE -> publishEnd(recorded, step, StepEvent.COMPLETE, facts.times());
            case ERROR ->
                publishEnd(
                        recorded,
                        step,
                        StepEvent.FAIL,
                        publisher.hasSubscriber("step.failed") ? facts.failure() : Map.of());
            case PENDING -> publishEnd(recorded, step, StepEvent.RELEASE, facts.release());
            case IN_PROGRESS, SKIPPED, CANCELLED, RESOLVED_MANUALLY ->
                throw new IllegalStateException("a wave recorded " + recorded.state());
        }
        workflow.recorded(recorded, step, facts);
    }

    private void publishEnd(
            Recorded recorded, Running step, StepEvent event, Map<String, ? extends @Nullable Object> facts) {
        transitions.publishStepTransition(step.subject(), StepState.IN_PROGRESS, event, recorded.at(), facts);
    }

    private void publishCustom(Instant at, Running step, List<AttemptEvents.Published> published) {
        for (AttemptEvents.Published event : published) {
            publisher.publish(event.name(), () -> LifecycleEvent.of(event.name(), at, step.subject(), event.payload()));
        }
    }

    private void publishVerdicts(List<TaskVerdict> decided, Map<TaskId, EventSubject> known) {
        for (TaskVerdict verdict : decided) {
            verdicts.publish(known.getOrDefault(verdict.task(), EventSubject.of(verdict.task(), null)), verdict);
        }
    }

    private void publishClaim(ClaimedStep claimed) {
        EventSubject step = subject(claimed);
        running.put(claimed.claim(), new Running(step, claimed.backoff()));
        if (claimed.launchesTask()) {
            transitions.publishTaskTransition(
                    step.withoutStep(), TaskState.PENDING, TaskEvent.START, claimed.claimedAt(), Map.of());
            workflow.started(step.withoutStep(), claimed.claimedAt());
        }
        if (claimed.fromState() == StepState.ERROR) {
            transitions.publishStepTransition(
                    step,
                    StepState.ERROR,
                    StepEvent.RETRY,
                    claimed.claimedAt(),
                    Map.of(
                            "previous_attempts",
                            claimed.step().attempts() - 1,
                            "reason",
                            "retry",
                            "retry_reason",
                            "retry",
                            "backoff_strategy",
                            WorkflowEvents.strategy(claimed.backoff())));
        }
        transitions.publishStepTransition(
                step,
                StepState.PENDING,
                StepEvent.CLAIM,
                claimed.claimedAt(),
                Map.of("step_dependencies", List.copyOf(claimed.parents().keySet())));
    }

    private EventSubject subject(ClaimedStep claimed) {
        TemplateKey template = new TemplateKey(
                claimed.task().namespace(),
                claimed.task().name(),
                SemanticVersion.parse(claimed.task().version()).orElseThrow());
        return EventSubject.of(claimed.task().taskId(), template)
                .withStep(
                        new StepRef(claimed.step().stepId(), claimed.step().name()),
                        new EventSubject.Attempt(
                                claimed.step().attempts(), claimed.step().retryLimit(), claimed.claimedAt()));
    }

    /// What is known of an attempt that has ended.
    record AttemptFacts(Recorded recorded, EventSubject subject) {
        /// Seconds from the claim to the end.
        double duration() {
            EventSubject.Attempt attempt = subject.attempt();
            return attempt == null || attempt.startedAt() == null
                    ? 0
                    : EventTimes.seconds(attempt.startedAt(), recorded.at());
        }

        Map<String, Object> times() {
            return Map.of("completed_at", recorded.at().toString(), "execution_duration", duration());
        }

        Map<String, @Nullable Object> release() {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>(times());
            facts.put("reason", "released");
            return facts;
        }

        Map<String, @Nullable Object> failure() {
            return FailureFacts.of(recorded, times());
        }
    }
}
