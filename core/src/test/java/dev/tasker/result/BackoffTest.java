package dev.tasker.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    @ParameterizedTest
    @CsvSource({
        "exponential, 1, 0.0, 1000",
        "exponential, 1, 0.5, 1500",
        "exponential, 2, 0.0, 2000",
        "exponential, 3, 0.0, 4000",
        "exponential, 3, 0.999, 7996",
        "exponential, 6, 0.0, 30000",
        "exponential, 60, 0.9, 30000",
        "fixed, 5, 0.0, 1000",
        "fixed, 5, 0.25, 1250",
        "linear, 5, 0.0, 5000",
        "none, 5, 0.9, 0",
    })
    void theDelayFollowsTheStrategyWithItsJitterBelowTheCap(String strategy, int attempt, double random, long millis) {
        Backoff backoff = Backoff.fromJson(Map.of("strategy", strategy));

        assertThat(backoff.delayAfter(attempt, random)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void whatAServerAsksForReplacesTheCurveWithoutJitterUpToFiveMinutes() {
        assertThat(Backoff.DEFAULT.delayAfter(asking(Duration.ofSeconds(7)), 1, 0.9, Backoff.RETRY_AFTER_MAX))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(Backoff.DEFAULT.delayAfter(asking(Duration.ofHours(1)), 1, 0.9, Backoff.RETRY_AFTER_MAX))
                .isEqualTo(Duration.ofMinutes(5));
        assertThat(Backoff.DEFAULT.delayAfter(asking(Duration.ZERO), 3, 0.9, Backoff.RETRY_AFTER_MAX))
                .isEqualTo(Duration.ZERO);
    }

    @Test
    void theJsonFormComesBackEqual() {
        Backoff backoff =
                new Backoff(Backoff.Strategy.LINEAR, Duration.ofMillis(250), 1.5, Duration.ofSeconds(90), 0.25);

        assertThat(Backoff.fromJson(backoff.toJson())).isEqualTo(backoff);
        assertThat(Backoff.fromJson(Map.of())).isEqualTo(Backoff.DEFAULT);
        assertThat(Backoff.fromJson(Map.of(), backoff)).isEqualTo(backoff);
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> Backoff.fromJson(Map.of("jitter", 2))).hasMessageContaining("jitter");
        assertThatThrownBy(() -> Backoff.fromJson(Map.of("base_seconds", -1))).isInstanceOf(RuntimeException.class);
    }

    private static StepError asking(Duration delay) {
        return new StepError("E", "wait", null, true, delay, Map.of(), null, List.of());
    }
}
