package dev.tasker.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class QueryFiltersTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @Test
    void aCursorIsReadBackFromItsText() {
        Cursor cursor = new Cursor(Cursor.Kind.STEPS, 4_711);

        assertThat(Cursor.parse(Cursor.Kind.STEPS, cursor.toString())).isEqualTo(cursor);
        assertThat(cursor.toString()).matches("[A-Za-z0-9_-]+").doesNotContain("4711");
    }

    @Test
    void whatIsNoCursorIsRefused() {
        for (String text : List.of("", "abc", "42", "%%%", "MTp0YXNrczow", "MTp0YXNrczox4")) {
            assertRefused(ErrorCode.CURSOR_INVALID, () -> Cursor.parse(Cursor.Kind.TASKS, text));
        }
    }

    @Test
    void aCursorOfAnotherKindIsRefused() {
        String steps = new Cursor(Cursor.Kind.STEPS, 5).toString();

        assertRefused(ErrorCode.CURSOR_INVALID, () -> Cursor.parse(Cursor.Kind.TASKS, steps));
        assertRefused(
                ErrorCode.CURSOR_INVALID,
                () -> PageRequest.after(new Cursor(Cursor.Kind.STEPS, 5), 10).belowId(Cursor.Kind.TASKS));
    }

    @Test
    void aPageHasOneToAThousandRows() {
        assertThat(PageRequest.first(1).size()).isEqualTo(1);
        assertThat(PageRequest.first(1_000).size()).isEqualTo(1_000);
        assertRefused(ErrorCode.QUERY_INVALID, () -> PageRequest.first(0));
        assertRefused(ErrorCode.QUERY_INVALID, () -> PageRequest.first(1_001));
    }

    @Test
    void filtersThatCannotBeAreRefused() {
        assertRefused(
                ErrorCode.QUERY_INVALID, () -> TaskQuery.builder().name(" ").build());
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TaskQuery.builder().tags(List.of("")).build());
        assertRefused(ErrorCode.QUERY_INVALID, () -> TaskQuery.builder().annotation("", "k", "v"));
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TaskQuery.builder().priorityAtLeast(3).priorityAtMost(2).build());
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TaskQuery.builder().completedSince(NOW).failedSince(NOW).build());
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> StepQuery.builder().completedSince(NOW).failedSince(NOW).build());
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TransitionQuery.builder().toState("done").build());
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TransitionQuery.builder().since(NOW).until(NOW).build());
    }

    @Test
    void aValueThatEveryClaimWritesIsSearchedWithinATaskOrATimeOnly() {
        assertRefused(
                ErrorCode.QUERY_INVALID,
                () -> TransitionQuery.builder().metadata("worker", "w-1").build());

        assertThat(TransitionQuery.builder()
                        .metadata("worker", "w-1")
                        .since(NOW)
                        .build()
                        .metadata())
                .isPresent();
        assertThat(TransitionQuery.builder()
                        .metadata("worker", "w-1")
                        .task(new TaskId(1))
                        .build()
                        .metadata())
                .isPresent();
    }

    @Test
    void aCountBeyondItsBoundSaysSo() {
        assertThat(BoundedCount.of(10_001, 10_000)).hasToString("10,000+");
        assertThat(BoundedCount.of(10_000, 10_000)).hasToString("10,000");
        assertThat(BoundedCount.of(7, 10_000)).isEqualTo(new BoundedCount(7, false));
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
