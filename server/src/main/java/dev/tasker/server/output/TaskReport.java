package dev.tasker.server.output;

import dev.tasker.query.TaskDocument;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.AnnotationSnapshot;
import dev.tasker.task.TaskSnapshot.Details;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.task.TaskSnapshot.Summary;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import dev.tasker.transition.StepState;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Tasks as text, for people.
public final class TaskReport {
    private static final int VALUE_CHARACTERS_MAX = 70;
    private static final int ERROR_CHARACTERS_MAX = 200;
    private static final DateTimeFormatter DAY_AND_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);

    private final ZoneId zone;

    public TaskReport(ZoneId zone) {
        this.zone = zone;
    }

    /// Header and steps.
    public String brief(TaskSnapshot task) {
        return header(task.summary()) + "\n" + steps(task.steps()) + errors(task.steps());
    }

    /// Header, where the task stands, steps and audit trail.
    public String full(TaskSnapshot task, TaskExecutionContext context) {
        return header(task.summary())
                + settings(task.details())
                + standing(context)
                + "\n"
                + steps(task.steps())
                + errors(task.steps())
                + annotations(task.details().annotations())
                + "\nAudit trail\n"
                + transitions(task.transitions());
    }

    private static String standing(TaskExecutionContext context) {
        String next = context.state().isTerminal() ? "" : ", next: " + context.recommendedAction();
        return context.executionStatus() + next + ", " + context.percentage() + " complete\n";
    }

    /// A page of tasks.
    public String list(List<Summary> tasks) {
        TextTable table = new TextTable("TASK", "TEMPLATE", "STATE", "REQUESTED", "TOOK", "INITIATOR");
        tasks.forEach(task -> table.row(
                task.id().toString(),
                template(task),
                task.state().key() + (task.archivedAt().isPresent() ? " (archived)" : ""),
                DAY_AND_TIME.format(task.requestedAt().atZone(zone)),
                duration(task),
                task.initiator()));
        return table.toString();
    }

    private String header(Summary task) {
        StringBuilder text = new StringBuilder("task " + task.id() + "  " + template(task) + "  "
                + task.state().key());
        String took = duration(task);
        text.append(took.isEmpty() ? "" : " in " + took).append('\n');
        text.append("requested ")
                .append(DAY_AND_TIME.format(task.requestedAt().atZone(zone)))
                .append(" by ")
                .append(task.initiator())
                .append(", reason: ")
                .append(task.reason());
        if (!task.tags().isEmpty()) {
            text.append(", tags: ").append(String.join(", ", task.tags()));
        }
        task.archivedAt().ifPresent(time -> text.append("\narchived ").append(DAY_AND_TIME.format(time.atZone(zone))));
        return text.append('\n').toString();
    }

    /// What was asked for beyond the usual; empty for most tasks.
    private String settings(Details task) {
        List<String> parts = new ArrayList<>();
        if (task.priority() != 0) {
            parts.add("priority " + task.priority());
        }
        task.startAt().ifPresent(time -> parts.add("not before " + DAY_AND_TIME.format(time.atZone(zone))));
        task.deadlineAt().ifPresent(time -> parts.add("deadline " + DAY_AND_TIME.format(time.atZone(zone))));
        task.enqueuer().ifPresent(queue -> parts.add("run by queue " + queue));
        return parts.isEmpty() ? "" : String.join(", ", parts) + "\n";
    }

    private String annotations(List<AnnotationSnapshot> annotations) {
        if (annotations.isEmpty()) {
            return "";
        }
        TextTable table = new TextTable("AT", "TYPE", "VALUE");
        annotations.forEach(note -> table.row(
                DAY_AND_TIME.format(note.at().atZone(zone)),
                note.annotation().type(),
                ShortText.json(note.annotation().value(), VALUE_CHARACTERS_MAX)));
        return "\nAnnotations\n" + table;
    }

    private static String steps(List<StepSnapshot> steps) {
        TextTable table = new TextTable("STEP", "RUNTIME", "STATE", "ATTEMPTS", "TOOK", "RESULTS");
        steps.forEach(step -> table.row(
                step.name(),
                TaskDocument.runtime(step),
                step.state().key(),
                step.attempts() + "/" + Math.max(step.attempts(), step.retryLimit()),
                step.state() == StepState.COMPLETE
                        ? step.lastAttemptedAt()
                                .flatMap(start -> step.endedAt().map(end -> Duration.between(start, end)))
                                .map(ShortText::duration)
                                .orElse("")
                        : "",
                ShortText.json(step.results(), VALUE_CHARACTERS_MAX)));
        return table.toString();
    }

    private static String errors(List<StepSnapshot> steps) {
        StringBuilder text = new StringBuilder();
        steps.stream()
                .filter(step -> step.error() != null && !step.state().satisfiesDependency())
                .forEach(step -> text.append(step.name())
                        .append(": ")
                        .append(ShortText.error(step.error(), ERROR_CHARACTERS_MAX))
                        .append('\n'));
        return text.isEmpty() ? "" : "\nErrors\n" + text;
    }

    private String transitions(List<TransitionSnapshot> transitions) {
        TextTable table = new TextTable("ID", "AT", "STEP", "FROM", "TO", "METADATA");
        transitions.forEach(transition -> table.row(
                Long.toString(transition.id()),
                DAY_AND_TIME.format(transition.at().atZone(zone)),
                transition.stepName().orElse("(task)"),
                transition.fromState(),
                transition.toState(),
                transition.metadata().isEmpty() ? "" : ShortText.json(transition.metadata(), VALUE_CHARACTERS_MAX)));
        return table.toString();
    }

    private static String template(Summary task) {
        return task.namespace() + "." + task.name() + "@" + task.version();
    }

    private static String duration(Summary task) {
        return task.endedAt()
                .map(end -> Duration.between(task.startedAt().orElse(task.requestedAt()), end))
                .map(ShortText::duration)
                .orElse("");
    }
}
