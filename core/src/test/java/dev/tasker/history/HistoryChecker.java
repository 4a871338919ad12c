package dev.tasker.history;

import dev.tasker.history.History.Move;
import dev.tasker.history.History.StepRow;
import dev.tasker.history.History.TaskRow;
import dev.tasker.history.Violation.Kind;
import dev.tasker.transition.StepState;
import dev.tasker.transition.StepTransitions;
import dev.tasker.transition.TaskState;
import dev.tasker.transition.TaskTransitions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds what must never be in a history, from nothing but the recorded rows.
public final class HistoryChecker {
    private final History history;
    private final Map<Long, List<Move>> stepMoves = new HashMap<>();
    private final Map<Long, List<Move>> taskMoves = new HashMap<>();
    private final Map<Long, List<StepRow>> steps = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();

    private HistoryChecker(History history) {
        this.history = history;
        history.moves().stream()
                .sorted(Comparator.comparingLong(Move::id))
                .forEach(move -> move.step()
                        .map(step -> stepMoves.computeIfAbsent(step, _ -> new ArrayList<>()))
                        .orElseGet(() -> taskMoves.computeIfAbsent(move.task(), _ -> new ArrayList<>()))
                        .add(move));
        history.steps()
                .forEach(step -> steps.computeIfAbsent(step.task(), _ -> new ArrayList<>())
                        .add(step));
    }

    /// Everything that is wrong; nothing for a correct history.
    public static List<Violation> check(History history) {
        HistoryChecker checker = new HistoryChecker(history);
        checker.claimIds();
        history.steps().forEach(checker::step);
        history.tasks().forEach(checker::task);
        return List.copyOf(checker.violations);
    }

    private void claimIds() {
        Set<Long> seen = new HashSet<>();
        history.moves().stream()
                .filter(Move::isClaim)
                .forEach(move -> move.claim()
                        .filter(claim -> !seen.add(claim))
                        .ifPresent(claim -> found(Kind.CLAIM_REUSED, "claim " + claim + " again in move " + move)));
    }

    private void step(StepRow step) {
        String label = "step " + step.id() + " (" + step.name() + " of task " + step.task() + ")";
        List<Move> moves = stepMoves.getOrDefault(step.id(), List.of());
        for (Move move : moves) {
            if (!StepTransitions.TABLE.allows(StepState.of(move.from()), StepState.of(move.to()))) {
                found(Kind.ILLEGAL_MOVE, label + ": " + move);
            }
        }
        chain(label, "pending", step.state(), moves);
        long completions =
                moves.stream().filter(move -> move.to().equals("complete")).count();
        if (completions > 1) {
            found(Kind.COMPLETED_TWICE, label + ": " + completions + " times");
        }
        attempts(label, step, moves);
        fences(label, step, moves);
        moves.stream().filter(Move::isClaim).findFirst().ifPresent(first -> parents(label, step, first));
    }

    private void chain(String label, String start, String end, List<Move> moves) {
        String state = start;
        for (Move move : moves) {
            if (!move.from().equals(state)) {
                found(Kind.BROKEN_CHAIN, label + " was " + state + " before " + move);
            }
            state = move.to();
        }
        if (!state.equals(end)) {
            found(Kind.BROKEN_CHAIN, label + " is " + end + ", but its last move led to " + state);
        }
    }

    private void attempts(String label, StepRow step, List<Move> moves) {
        long claims = moves.stream().filter(Move::isClaim).count();
        long releases = moves.stream()
                .filter(move -> move.from().equals("in_progress") && move.to().equals("pending"))
                .count();
        if (step.attempts() != claims - releases) {
            found(
                    Kind.ATTEMPTS_DIFFER,
                    label + ": " + step.attempts() + " on the row, " + claims + " claims, " + releases + " releases");
        }
    }

    private void fences(String label, StepRow step, List<Move> moves) {
        Optional<Long> current = Optional.empty();
        for (Move move : moves) {
            if (move.isClaim()) {
                current = move.claim();
            } else if (move.from().equals("in_progress")
                    && !move.to().equals("cancelled")
                    && !move.claim().equals(current)) {
                found(Kind.FOREIGN_CLAIM, label + ": the claim was " + current + " at " + move);
            }
        }
        if (!step.claim().equals(current)) {
            found(Kind.FOREIGN_CLAIM, label + ": " + step.claim() + " on the row, but " + current + " was the last");
        }
    }

    private void parents(String label, StepRow step, Move first) {
        for (long parent : step.parents()) {
            if (stepMoves.getOrDefault(parent, List.of()).stream()
                    .noneMatch(move -> StepState.of(move.to()).satisfiesDependency() && move.id() < first.id())) {
                found(Kind.TOO_EARLY, label + " was claimed before its parent " + parent + " was satisfied: " + first);
            }
        }
        if (taskMoves.getOrDefault(step.task(), List.of()).stream()
                .noneMatch(move -> move.isClaim() && move.id() < first.id())) {
            found(Kind.TOO_EARLY, label + " was claimed before its task was started: " + first);
        }
    }

    private void task(TaskRow task) {
        String label = "task " + task.id();
        List<Move> moves = taskMoves.getOrDefault(task.id(), List.of());
        for (Move move : moves) {
            if (!TaskTransitions.TABLE.allows(TaskState.of(move.from()), TaskState.of(move.to()))) {
                found(Kind.ILLEGAL_MOVE, label + ": " + move);
            }
        }
        boolean isDraft = moves.isEmpty()
                ? task.state().equals("draft")
                : moves.getFirst().from().equals("draft");
        chain(label, isDraft ? "draft" : "pending", task.state(), moves);
        agreement(label, task, moves);
    }

    private void agreement(String label, TaskRow task, List<Move> moves) {
        List<StepState> states = steps.getOrDefault(task.id(), List.of()).stream()
                .map(step -> StepState.of(step.state()))
                .toList();
        boolean isSatisfied = states.stream().allMatch(StepState::satisfiesDependency);
        boolean fits = switch (TaskState.of(task.state())) {
            case COMPLETE -> isSatisfied;
            case ERROR -> states.contains(StepState.ERROR) || states.contains(StepState.CANCELLED);
            case PENDING, IN_PROGRESS -> !isSatisfied;
            case DRAFT, PAUSED, CANCELLED, RESOLVED_MANUALLY -> true;
        };
        if (!fits) {
            found(Kind.TASK_DISAGREES, label + " is " + task.state() + " with steps " + states);
        }
        moves.stream().filter(move -> move.to().equals("complete")).forEach(end -> lateSteps(label, end));
    }

    private void lateSteps(String label, Move end) {
        steps.getOrDefault(end.task(), List.of()).stream()
                .flatMap(step -> stepMoves.getOrDefault(step.id(), List.of()).stream())
                .filter(move -> move.id() > end.id())
                .forEach(move -> found(Kind.TASK_DISAGREES, label + " was complete before " + move));
    }

    private void found(Kind kind, String text) {
        violations.add(new Violation(kind, text));
    }
}
