package dev.tasker.server.progress;

import dev.tasker.query.TaskDocument;
import dev.tasker.server.output.ShortText;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.transition.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The steps of a task as a tree: each step stands below the last of its parents. A pure function of the task and
/// the time.
public final class TaskTree {
    private static final int ERROR_CHARACTERS_MAX = 80;
    private static final String ROOT = "";

    private final TaskSnapshot task;
    private final Instant now;
    private final Map<String, List<StepSnapshot>> children = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();

    private TaskTree(TaskSnapshot task, Instant now) {
        this.task = task;
        this.now = now;
        for (StepSnapshot step : task.steps()) {
            children.computeIfAbsent(lastParent(step), _ -> new ArrayList<>()).add(step);
        }
    }

    /// The tree as lines of at most `columns` characters. Where it would be longer than `rows`, steps that are
    /// done or not begun are left out.
    public static List<String> render(TaskSnapshot task, Instant now, int columns, int rows) {
        return new TaskTree(task, now).render(columns, rows);
    }

    private List<String> render(int columns, int rows) {
        addChildren(ROOT, "");
        int nameWidth = lines.stream()
                .mapToInt(line -> line.branch().length() + line.step().name().length())
                .max()
                .orElse(0);
        List<String> text = new ArrayList<>();
        text.add(header());
        shown(rows - 1).forEach(line -> text.add(line(line, nameWidth)));
        return text.stream().map(line -> cut(line, columns)).toList();
    }

    private List<Line> shown(int rows) {
        if (lines.size() <= rows) {
            return lines;
        }
        return lines.stream()
                .filter(line -> line.step().state() == StepState.IN_PROGRESS
                        || line.step().state() == StepState.ERROR)
                .limit(Math.max(0, rows))
                .toList();
    }

    private void addChildren(String parent, String indent) {
        List<StepSnapshot> steps = children.getOrDefault(parent, List.of());
        for (int index = 0; index < steps.size(); index++) {
            StepSnapshot step = steps.get(index);
            boolean isLast = index == steps.size() - 1;
            boolean isRoot = parent.equals(ROOT);
            lines.add(new Line(isRoot ? "" : indent + (isLast ? "└─ " : "├─ "), step));
            addChildren(step.name(), isRoot ? " " : indent + (isLast ? "   " : "│  "));
        }
    }

    /// Steps are in topological order, so the parent that stands last is one of the deepest.
    private String lastParent(StepSnapshot step) {
        return task.steps().stream()
                .map(StepSnapshot::name)
                .filter(step.dependsOn()::contains)
                .reduce((_, later) -> later)
                .orElse(ROOT);
    }

    private String header() {
        long done = task.steps().stream()
                .filter(step -> step.state().satisfiesDependency())
                .count();
        Instant end = task.summary().endedAt().orElse(now);
        return "task " + task.summary().id() + "  " + task.summary().namespace() + "."
                + task.summary().name() + "@" + task.summary().version() + "  "
                + task.summary().state().key() + "  " + done + "/"
                + task.steps().size() + "  "
                + ShortText.duration(Duration.between(
                        task.summary().startedAt().orElse(task.summary().requestedAt()), end));
    }

    private String line(Line line, int nameWidth) {
        StepSnapshot step = line.step();
        String name = line.branch() + symbol(step.state()) + " " + step.name();
        StringBuilder text = new StringBuilder(name).repeat(' ', Math.max(0, nameWidth + 2 - name.length()));
        text.append("  ")
                .append(TaskDocument.runtime(step))
                .repeat(' ', Math.max(0, 10 - TaskDocument.runtime(step).length()));
        if (step.attempts() > 1) {
            text.append("  attempt ")
                    .append(step.attempts())
                    .append('/')
                    .append(Math.max(step.attempts(), step.retryLimit()));
        }
        elapsed(step).ifPresent(duration -> text.append("  ").append(ShortText.duration(duration)));
        if (step.state() == StepState.ERROR) {
            text.append("  ").append(retry(step)).append(ShortText.error(step.error(), ERROR_CHARACTERS_MAX));
        }
        return text.toString().stripTrailing();
    }

    private String retry(StepSnapshot step) {
        return step.nextRetryAt()
                .filter(_ -> !task.summary().state().isTerminal())
                .map(at -> "retry in " + ShortText.duration(Duration.between(now, at)) + "  ")
                .orElse("");
    }

    private Optional<Duration> elapsed(StepSnapshot step) {
        Optional<Instant> end = switch (step.state()) {
            case IN_PROGRESS -> Optional.of(now);
            case COMPLETE -> step.endedAt();
            case PENDING, ERROR, SKIPPED, CANCELLED, RESOLVED_MANUALLY -> Optional.empty();
        };
        return end.flatMap(time -> step.lastAttemptedAt().map(start -> Duration.between(start, time)));
    }

    private static String symbol(StepState state) {
        return switch (state) {
            case PENDING -> "·";
            case IN_PROGRESS -> "▶";
            case COMPLETE -> "✔";
            case ERROR -> "✘";
            case SKIPPED -> "↷";
            case CANCELLED -> "⊘";
            case RESOLVED_MANUALLY -> "☑";
        };
    }

    private static String cut(String line, int columns) {
        return line.codePointCount(0, line.length()) <= columns
                ? line
                : line.substring(0, line.offsetByCodePoints(0, Math.max(0, columns - 1))) + "…";
    }

    private record Line(String branch, StepSnapshot step) {}
}
