package dev.tasker.reenqueue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DueTimesTest {
    private final DueTimes times = new DueTimes();

    @Test
    void theWaitIsNeverLongerThanTheLimit() {
        assertThat(times.untilNext(0, Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
        times.add(0, Duration.ofSeconds(5));
        assertThat(times.untilNext(0, Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void theEarliestTimeDecides() {
        times.add(0, Duration.ofMillis(30));
        times.add(0, Duration.ofMillis(10));
        times.add(0, Duration.ofMillis(20));

        assertThat(times.untilNext(0, Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(10));
        assertThat(times.takeDue(Duration.ofMillis(20).toNanos())).isTrue();
        assertThat(times.takeDue(Duration.ofMillis(20).toNanos())).isFalse();
        assertThat(times.untilNext(Duration.ofMillis(20).toNanos(), Duration.ofSeconds(1)))
                .isEqualTo(Duration.ofMillis(10));
    }

    @Test
    void theClockMayOverflow() {
        times.add(Long.MAX_VALUE - 5, Duration.ofNanos(10));

        assertThat(times.takeDue(Long.MAX_VALUE)).isFalse();
        assertThat(times.takeDue(Long.MIN_VALUE + 10)).isTrue();
    }
}
