package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Several attempts run at once, each in a context of its own.
class ConcurrencyTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void attemptsRunSideBySideUpToTheSlots(HandlerRuntime runtime) {
        try (GuestFixture guests = new GuestFixture(
                PolyglotConfig.builder().contextsMax(runtime, 2).build())) {
            HandlerKey key = new HandlerKey(runtime, "Meets");
            guests.host(runtime).load(new HandlerSource(key, GuestFixture.cases(runtime)));
            // Each handler waits in its host call until the other one is there too.
            CountDownLatch meeting = new CountDownLatch(2);
            List<GuestFixture.Started> started = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                started.add(guests.started(runtime, GuestFixture.attemptThatMeets(key, meeting)));
            }

            for (GuestFixture.Started one : started) {
                assertThat(one.result()).isEqualTo(new StepResult.Success("met"));
            }
            assertThat(guests.host(runtime).slots()).isEqualTo(2);
        }
    }
}
