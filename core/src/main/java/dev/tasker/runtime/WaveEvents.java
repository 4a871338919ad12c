package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.finalization.TaskVerdict;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepEvent;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import dev.tasker.transition.Transition;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.WaveResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Publishes what a committed wave changed, each transition once, in the order in which it was recorded.
final class WaveEvents {
    private final EventPublisher publisher;
    private final Map<ClaimId, StepRef> names = new ConcurrentHashMap<>();

    WaveEvents(EventPublisher publisher) {
        this.publisher = publisher;
    }

    void publish(WaveResult wave) {
        wave.refused().forEach(names::remove);
        wave.recorded().forEach(this::publishRecorded);
        wave.tasks().forEach(this::publishVerdict);
        wave.claimed().forEach(this::publishClaim);
    }

    private void publishRecorded(WaveResult.Recorded recorded) {
        StepEvent event = switch (recorded.state()) {
            case COMPLETE -> StepEvent.COMPLETE;
            case ERROR -> StepEvent.FAIL;
            case PENDING -> StepEvent.RELEASE;
            case IN_PROGRESS, SKIPPED, CANCELLED, RESOLVED_MANUALLY ->
                throw new IllegalStateException("a wave recorded " + recorded.state());
        };
        Map<String, @Nullable Object> payload = new LinkedHashMap<>();
        recorded.retriesAt().ifPresent(time -> payload.put("retries_at", time.toString()));
        StepRef step = names.remove(recorded.claim());
        if (step != null) {
            publish(recorded.task(), step, move(StepState.IN_PROGRESS, event), payload);
        }
    }

    private void publishVerdict(TaskVerdict verdict) {
        switch (verdict) {
            case TaskVerdict.Complete(TaskId task) -> publish(task, TaskEvent.COMPLETE, Map.of());
            case TaskVerdict.Failed failed ->
                publish(
                        failed.task(),
                        TaskEvent.FAIL,
                        Map.of(
                                "blocked_step_ids",
                                failed.blocked().stream().map(StepId::value).toList()));
            case TaskVerdict.Waiting _ -> {}
        }
    }

    private void publishClaim(ClaimedStep claimed) {
        TaskId task = claimed.task().taskId();
        StepRef step = new StepRef(claimed.step().stepId(), claimed.step().name());
        names.put(claimed.claim(), step);
        if (claimed.launchesTask()) {
            Transition<TaskState, TaskEvent> start =
                    TaskTransitions.TABLE.on(TaskState.PENDING, TaskEvent.START).orElseThrow();
            publisher.publish(new LifecycleEvent(
                    start.eventName(),
                    task,
                    null,
                    start.from().key(),
                    start.to().key(),
                    Map.of()));
        }
        Map<String, @Nullable Object> payload = Map.of("attempt", claimed.step().attempts());
        if (claimed.fromState() == StepState.ERROR) {
            publish(task, step, move(StepState.ERROR, StepEvent.RETRY), payload);
        }
        publish(task, step, move(StepState.PENDING, StepEvent.CLAIM), payload);
    }

    private void publish(
            TaskId task, StepRef step, Transition<StepState, StepEvent> move, Map<String, @Nullable Object> payload) {
        publisher.publish(new LifecycleEvent(
                move.eventName(), task, step, move.from().key(), move.to().key(), payload));
    }

    private void publish(TaskId task, TaskEvent event, Map<String, @Nullable Object> payload) {
        Transition<TaskState, TaskEvent> move =
                TaskTransitions.TABLE.on(TaskState.IN_PROGRESS, event).orElseThrow();
        publisher.publish(new LifecycleEvent(
                move.eventName(), task, null, move.from().key(), move.to().key(), payload));
    }

    private static Transition<StepState, StepEvent> move(StepState from, StepEvent event) {
        return StepTransitions.TABLE.on(from, event).orElseThrow();
    }
}
