package dev.tasker.reenqueue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.reenqueue.JobVerdict.Again;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobOutlookTest {
    private static final Optional<Duration> NONE = Optional.empty();

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void onlyATaskThatCanGoOnComesBack(TaskState state) {
        JobVerdict verdict = new JobOutlook(state, Optional.empty(), 1, 1, NONE, false).verdict(NONE);

        switch (state) {
            case COMPLETE, ERROR, CANCELLED, RESOLVED_MANUALLY ->
                assertThat(verdict).isEqualTo(new JobVerdict.Ended(state));
            case DRAFT, PAUSED -> assertThat(verdict).isEqualTo(new JobVerdict.NothingToDo());
            case PENDING, IN_PROGRESS -> assertThat(verdict).isInstanceOf(Again.class);
        }
    }

    @Test
    void aTaskThatWaitsComesBackAtItsEarliestDueTime() {
        assertThat(live(1, 0, Optional.of(seconds(20)), true).verdict(NONE))
                .isEqualTo(new Again(seconds(20), ReenqueueReason.RETRY_BACKOFF));
        assertThat(live(0, 0, Optional.of(seconds(2)), false).verdict(NONE))
                .isEqualTo(new Again(seconds(2), ReenqueueReason.PENDING_STEPS_REMAINING));
    }

    @Test
    void aTaskThatWaitsOnlyForRunningStepsIsLookedAtSoon() {
        assertThat(live(1, 0, NONE, false).verdict(NONE))
                .isEqualTo(new Again(seconds(5), ReenqueueReason.STEPS_IN_PROGRESS));
        assertThat(live(0, 0, NONE, false).verdict(NONE))
                .isEqualTo(new Again(seconds(60), ReenqueueReason.AWAITING_DEPENDENCIES));
    }

    @Test
    void readyStepsThatALimitHoldsBackComeBackWhenItLetsThemRun() {
        assertThat(live(0, 2, NONE, false).verdict(Optional.of(seconds(1))))
                .isEqualTo(new Again(seconds(1), ReenqueueReason.READY_STEPS_AVAILABLE));
        assertThat(live(0, 2, NONE, false).verdict(NONE))
                .isEqualTo(new Again(seconds(5), ReenqueueReason.READY_STEPS_AVAILABLE));
        assertThat(live(0, 2, Optional.of(seconds(3)), true).verdict(NONE))
                .isEqualTo(new Again(seconds(3), ReenqueueReason.READY_STEPS_AVAILABLE));
    }

    private static JobOutlook live(int running, int ready, Optional<Duration> resumesIn, boolean retry) {
        return new JobOutlook(TaskState.IN_PROGRESS, Optional.empty(), running, ready, resumesIn, retry);
    }

    private static Duration seconds(int number) {
        return Duration.ofSeconds(number);
    }
}
