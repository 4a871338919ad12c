package dev.tasker.testing;

import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A task for people who look at a failed test.
final class TrailText {
    private static final int NAME_CHARS_MIN = 4;

    private final Instant start;
    private final int width;

    private TrailText(TaskSnapshot task) {
        this.start = task.summary().requestedAt();
        this.width =
                task.steps().stream().mapToInt(step -> step.name().length()).reduce(NAME_CHARS_MIN, Math::max);
    }

    static String of(TaskSnapshot task, Instant now) {
        TrailText text = new TrailText(task);
        List<String> lines = new ArrayList<>();
        lines.add(task.summary().name() + "@" + task.summary().version() + " is "
                + task.summary().state().key() + " at " + text.time(now));
        task.steps().forEach(step -> lines.add("  " + text.describe(step)));
        lines.add("audit trail:");
        task.transitions().forEach(move -> lines.add("  " + text.describe(move)));
        return String.join("\n", lines);
    }

    /// `from>to` for each move of a step, or of the task where `step` is null.
    static List<String> moves(TaskSnapshot task, @Nullable String step) {
        return task.transitions().stream()
                .filter(move -> move.stepName().map(name -> name.equals(step)).orElse(step == null))
                .map(move -> move.fromState() + ">" + move.toState())
                .toList();
    }

    private String describe(StepSnapshot step) {
        String attempts = step.attempts() + " of " + step.retryLimit() + " attempts";
        String retry = step.nextRetryAt().map(at -> ", retries at " + time(at)).orElse("");
        return pad(step.name()) + "  " + step.state().key() + ", " + attempts + retry + message(step.error());
    }

    private String describe(TransitionSnapshot move) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%11s  ", time(move.at())))
                .append(pad(move.stepName().orElse("task")))
                .append("  ")
                .append(move.fromState())
                .append('>')
                .append(move.toState());
        Map<String, @Nullable Object> metadata = move.metadata();
        for (String key : List.of("reason", "attempt", "worker")) {
            if (metadata.get(key) != null) {
                line.append("  ").append(key).append(' ').append(metadata.get(key));
            }
        }
        return line.append(message(metadata.get("error"))).toString();
    }

    private static String message(@Nullable Object error) {
        return error instanceof Map<?, ?> map ? ": " + map.get("class") + ": " + map.get("message") : "";
    }

    private String time(Instant moment) {
        return String.format(
                Locale.ROOT, "+%.3fs", Duration.between(start, moment).toMillis() / 1000.0);
    }

    private String pad(String name) {
        return name + " ".repeat(width - name.length());
    }
}
