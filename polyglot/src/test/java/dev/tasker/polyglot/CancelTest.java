package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A cancelled handler ends, whatever it does, and its slot comes back.
class CancelTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.builder()
            .contextsMax(HandlerRuntime.JAVASCRIPT, 1)
            .contextsMax(HandlerRuntime.PYTHON, 1)
            .contextsMax(HandlerRuntime.RUBY, 1)
            .build());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT,Endless", "JAVASCRIPT,Stubborn", "JAVASCRIPT,Waits",
        "PYTHON,Endless", "PYTHON,Stubborn", "PYTHON,Sleeps",
        "RUBY,Endless", "RUBY,Stubborn", "RUBY,Sleeps"
    })
    void runningHandlerIsStoppedAndTheNextCallWorks(HandlerRuntime runtime, String handler) throws Exception {
        HandlerKey key = new HandlerKey(runtime, handler);
        GUESTS.host(runtime).load(new HandlerSource(key, GuestFixture.cases(runtime)));
        CountDownLatch running = new CountDownLatch(1);
        StepAttempt attempt = GuestFixture.attemptThatReads(key, running);

        GuestFixture.Started started = GUESTS.started(runtime, attempt);
        assertThat(running.await(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        started.running().cancel();
        started.running().cancel();

        StepError error = GuestFixture.error(started.result());
        assertThat(error.errorClass()).isEqualTo("StepCancelled");
        assertThat(error.retryable()).isTrue();
        assertThat(GUESTS.success(runtime, "orders.named")).isEqualTo("named");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void cancelRightAfterTheStartStopsTheHandlerToo(HandlerRuntime runtime) {
        HandlerKey key = new HandlerKey(runtime, "Endless");
        GUESTS.host(runtime).load(new HandlerSource(key, GuestFixture.cases(runtime)));
        for (int number = 0; number < 5; number++) {
            GuestFixture.Started started =
                    GUESTS.started(runtime, GuestFixture.attempt(key, GuestFixture.defaultContext()));
            started.running().cancel();

            assertThat(GuestFixture.error(started.result()).errorClass()).isEqualTo("StepCancelled");
        }
        assertThat(GUESTS.success(runtime, "orders.named")).isEqualTo("named");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void attemptThatStillWaitsForAContextIsCancelledAtOnce(HandlerRuntime runtime) throws Exception {
        HandlerKey key = new HandlerKey(runtime, "Endless");
        GUESTS.host(runtime).load(new HandlerSource(key, GuestFixture.cases(runtime)));
        CountDownLatch running = new CountDownLatch(1);
        GuestFixture.Started first = GUESTS.started(runtime, GuestFixture.attemptThatReads(key, running));
        GuestFixture.Started second = GUESTS.started(runtime, GuestFixture.attempt(key, GuestFixture.defaultContext()));
        assertThat(running.await(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();

        second.running().cancel();

        assertThat(GuestFixture.error(second.result()).errorClass()).isEqualTo("StepCancelled");
        assertThat(first.completion()).isNotDone();
        first.running().cancel();
        assertThat(GuestFixture.error(first.result()).errorClass()).isEqualTo("StepCancelled");
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,Stubborn", "JAVASCRIPT,Waits", "PYTHON,Stubborn", "RUBY,Sleeps"})
    void closingAHostCompletesWhatStillRuns(HandlerRuntime runtime, String handler) throws Exception {
        HandlerKey key = new HandlerKey(runtime, handler);
        CountDownLatch running = new CountDownLatch(1);
        GuestFixture own = new GuestFixture(PolyglotConfig.defaults());
        own.host(runtime).load(new HandlerSource(key, GuestFixture.cases(runtime)));
        GuestFixture.Started started = own.started(runtime, GuestFixture.attemptThatReads(key, running));
        assertThat(running.await(GuestFixture.DEADLINE_SECONDS, TimeUnit.SECONDS))
                .isTrue();

        own.close();

        assertThat(started.completion()).isDone();
        assertThat(GuestFixture.error(started.result()).retryable()).isTrue();
        GuestFixture.Started late = own.started(runtime, GuestFixture.attempt(key, GuestFixture.defaultContext()));
        assertThat(GuestFixture.error(late.result()).errorCode()).isEqualTo("RUNTIME_UNAVAILABLE");
    }
}
