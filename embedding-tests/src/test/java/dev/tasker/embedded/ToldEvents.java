package dev.tasker.embedded;

import dev.tasker.identity.TaskId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// The payloads of the events that an engine has told so far.
record ToldEvents(Supplier<List<Map<String, Object>>> payloads) {
    /// What a subscriber of a way listens to: custom events of the cases, and the ends of attempts.
    static final List<String> NAMES = List.of("order.*", "step.completed", "step.failed");

    /// What tells of which attempt an event is.
    private static final Set<String> SUBJECT = Set.of(
            "event_type",
            "timestamp",
            "task_id",
            "task_name",
            "task_namespace",
            "task_version",
            "step_id",
            "step_name",
            "attempt_number",
            "retry_limit",
            "started_at");

    /// The custom events of a task, each with its name and payload, as soon as there are so many. They come behind the
    /// end
    /// of their attempt, which is waited for, too.
    ///
    /// @param hasEnded whether an attempt has ended in other ways than by an operator
    List<List<Object>> of(TaskId task, int count, boolean hasEnded) {
        List<Map<String, Object>> told = Desk.await(
                () -> about(task),
                events -> (!hasEnded || events.stream().anyMatch(event -> !isCustom(event)))
                        && events.stream().filter(ToldEvents::isCustom).count() >= count);
        return told.stream()
                .filter(ToldEvents::isCustom)
                .map(ToldEvents::published)
                .toList();
    }

    private List<Map<String, Object>> about(TaskId task) {
        return payloads.get().stream()
                .filter(event -> ((Number) event.get("task_id")).longValue() == task.value())
                .toList();
    }

    private static boolean isCustom(Map<String, Object> event) {
        return event.get("event_type").toString().startsWith("order.");
    }

    private static List<Object> published(Map<String, Object> event) {
        Map<String, Object> payload = new LinkedHashMap<>(event);
        payload.keySet().removeAll(SUBJECT);
        return List.of(event.get("event_type"), payload);
    }
}
