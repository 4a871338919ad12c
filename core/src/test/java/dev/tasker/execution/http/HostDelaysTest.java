package dev.tasker.execution.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.RetryableError;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HostDelaysTest {
    private static final URI URL = URI.create("https://api.example.com/charges?id=1");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final HostDelays delays = new HostDelays(now::get);

    private void advance(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    @Test
    void aServerThatAskedToBeLeftAloneIsLeftAloneUntilThen() {
        delays.note(URL, Duration.ofSeconds(30));
        advance(Duration.ofSeconds(10));

        assertThatThrownBy(() -> delays.check(URI.create("https://API.example.com/other")))
                .isInstanceOfSatisfying(
                        RetryableError.class,
                        error -> assertThat(error.retryAfter()).contains(Duration.ofSeconds(20)))
                .hasMessageContaining("no request was sent");
        advance(Duration.ofSeconds(20));
        assertThatCode(() -> delays.check(URL)).doesNotThrowAnyException();
    }

    @Test
    void otherServersAreNotHeldBack() {
        delays.note(URL, Duration.ofSeconds(30));

        assertThatCode(() -> delays.check(URI.create("https://api.example.com:8443/")))
                .doesNotThrowAnyException();
    }

    @Test
    void theLongestDelayHoldsAndNoneIsBelievedBeyondFiveMinutes() {
        delays.note(URL, Duration.ofDays(365));
        delays.note(URL, Duration.ofSeconds(1));

        assertThatThrownBy(() -> delays.check(URL))
                .isInstanceOfSatisfying(
                        RetryableError.class,
                        error -> assertThat(error.retryAfter()).contains(Duration.ofMinutes(5)));
    }
}
