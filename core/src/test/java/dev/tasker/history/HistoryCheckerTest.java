package dev.tasker.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.history.History.Move;
import dev.tasker.history.History.StepRow;
import dev.tasker.history.History.TaskRow;
import dev.tasker.history.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// The checker is itself tested: each rule is broken once in a history that is correct otherwise.
class HistoryCheckerTest {
    private static final long TASK = 1;
    private static final long PARENT = 10;
    private static final long CHILD = 11;

    /// A parent that failed once, lost its worker once and was given back once; then its child; then the end.
    private static final History GOOD = new History(
            List.of(new TaskRow(TASK, "complete")),
            List.of(
                    new StepRow(PARENT, TASK, "parent", "complete", 3, Optional.of(104L), Set.of()),
                    new StepRow(CHILD, TASK, "child", "complete", 1, Optional.of(105L), Set.of(PARENT))),
            List.of(
                    taskMove(1, "pending", "in_progress"),
                    claim(2, PARENT, 101, 1),
                    move(3, PARENT, "in_progress", "error", 101L),
                    move(4, PARENT, "error", "pending", null),
                    claim(5, PARENT, 102, 2),
                    move(6, PARENT, "in_progress", "error", 102L),
                    move(7, PARENT, "error", "pending", null),
                    claim(8, PARENT, 103, 3),
                    move(9, PARENT, "in_progress", "pending", 103L),
                    claim(10, PARENT, 104, 3),
                    move(11, PARENT, "in_progress", "complete", 104L),
                    claim(12, CHILD, 105, 1),
                    move(13, CHILD, "in_progress", "complete", 105L),
                    taskMove(14, "in_progress", "complete")));

    @Test
    void aCorrectHistoryHasNoViolation() {
        assertThat(HistoryChecker.check(GOOD)).isEmpty();
    }

    @Test
    void aMoveThatTheTablesDoNotHaveIsFound() {
        assertThat(kinds(plus(GOOD, move(15, CHILD, "complete", "pending", null))))
                .contains(Kind.ILLEGAL_MOVE);
        assertThat(kinds(plus(GOOD, taskMove(15, "complete", "in_progress")))).contains(Kind.ILLEGAL_MOVE);
    }

    @Test
    void aMissingMoveIsFound() {
        assertThat(kinds(without(GOOD, move -> move.id() == 4))).containsExactly(Kind.BROKEN_CHAIN);
        assertThat(kinds(without(GOOD, move -> move.id() == 13))).containsExactly(Kind.BROKEN_CHAIN);
        assertThat(kinds(without(GOOD, move -> move.id() == 14))).containsExactly(Kind.BROKEN_CHAIN);
    }

    @Test
    void aStepThatWasRecordedTwiceIsFound() {
        assertThat(kinds(plus(GOOD, move(15, CHILD, "in_progress", "complete", 105L))))
                .contains(Kind.COMPLETED_TWICE, Kind.BROKEN_CHAIN);
    }

    @Test
    void aChildThatWasClaimedBeforeItsParentIsFound() {
        History early = changed(GOOD, move -> move.id() == 11 ? withId(move, 120) : move);
        assertThat(kinds(early)).contains(Kind.TOO_EARLY);
    }

    @Test
    void aStepThatWasClaimedBeforeItsTaskIsFound() {
        History early = changed(GOOD, move -> move.id() == 1 ? withId(move, 3) : move);
        assertThat(kinds(changed(early, move -> move.id() == 3 && move.step().isPresent() ? withId(move, 4) : move)))
                .contains(Kind.TOO_EARLY);
    }

    @Test
    void attemptsThatAreNotTheClaimsAreFound() {
        assertThat(kinds(withStep(new StepRow(PARENT, TASK, "parent", "complete", 4, Optional.of(104L), Set.of()))))
                .containsExactly(Kind.ATTEMPTS_DIFFER);
    }

    @Test
    void aClaimIdThatWasGivenTwiceIsFound() {
        History reused = changed(GOOD, move -> move.step().equals(Optional.of(CHILD)) ? withClaim(move, 101) : move);
        assertThat(kinds(reused)).contains(Kind.CLAIM_REUSED);
    }

    @Test
    void anOutcomeOfAnOldClaimIsFound() {
        assertThat(kinds(changed(GOOD, move -> move.id() == 11 ? withClaim(move, 102) : move)))
                .containsExactly(Kind.FOREIGN_CLAIM);
    }

    @Test
    void anOutcomeWithoutAClaimIsFound() {
        assertThat(kinds(changed(
                        GOOD, move -> move.id() == 11 ? move(11, PARENT, "in_progress", "complete", null) : move)))
                .containsExactly(Kind.FOREIGN_CLAIM);
    }

    @Test
    void aTaskThatDoesNotFitItsStepsIsFound() {
        History unfinished = without(
                withStep(new StepRow(CHILD, TASK, "child", "pending", 0, Optional.empty(), Set.of(PARENT))),
                move -> move.step().equals(Optional.of(CHILD)));
        assertThat(kinds(unfinished)).containsExactly(Kind.TASK_DISAGREES);

        History stuck = new History(
                List.of(new TaskRow(TASK, "in_progress")),
                GOOD.steps(),
                without(GOOD, move -> move.id() == 14).moves());
        assertThat(kinds(stuck)).containsExactly(Kind.TASK_DISAGREES);

        History late = changed(GOOD, move -> move.id() == 14 ? withId(move, 2) : move);
        assertThat(kinds(changed(late, move -> move.id() == 1 ? withId(move, 0) : move)))
                .contains(Kind.TASK_DISAGREES);
    }

    private static List<Kind> kinds(History history) {
        return HistoryChecker.check(history).stream().map(Violation::kind).toList();
    }

    private static Move taskMove(long id, String from, String to) {
        return new Move(id, TASK, Optional.empty(), from, to, Optional.empty(), 0, "");
    }

    private static Move claim(long id, long step, long claim, int attempt) {
        return new Move(id, TASK, Optional.of(step), "pending", "in_progress", Optional.of(claim), attempt, "");
    }

    private static Move move(long id, long step, String from, String to, Long claim) {
        return new Move(id, TASK, Optional.of(step), from, to, Optional.ofNullable(claim), 1, "");
    }

    private static Move withId(Move move, long id) {
        return new Move(id, move.task(), move.step(), move.from(), move.to(), move.claim(), move.attempt(), "");
    }

    private static Move withClaim(Move move, long claim) {
        return new Move(
                move.id(), move.task(), move.step(), move.from(), move.to(), Optional.of(claim), move.attempt(), "");
    }

    private static History plus(History history, Move move) {
        List<Move> moves = new ArrayList<>(history.moves());
        moves.add(move);
        return new History(history.tasks(), history.steps(), moves);
    }

    private static History without(History history, Predicate<Move> dropped) {
        return new History(
                history.tasks(),
                history.steps(),
                history.moves().stream().filter(dropped.negate()).toList());
    }

    private static History changed(History history, UnaryOperator<Move> change) {
        return new History(
                history.tasks(),
                history.steps(),
                history.moves().stream().map(change).toList());
    }

    private static History withStep(StepRow changed) {
        return new History(
                GOOD.tasks(),
                GOOD.steps().stream()
                        .map(step -> step.id() == changed.id() ? changed : step)
                        .toList(),
                GOOD.moves());
    }
}
