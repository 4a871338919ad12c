package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Cancels that come at any moment of short attempts: each hits the attempt that it was meant for, or nothing.
class CancelRaceTest {
    private static final int SPIN_NANOS_MAX = 3_000_000;

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,300", "PYTHON,40", "RUBY,25"})
    void cancelNeverReachesTheAttemptThatComesNext(HandlerRuntime runtime, int rounds) {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (GuestFixture guests = new GuestFixture(
                PolyglotConfig.builder().contextsMax(runtime, 1).build())) {
            HandlerKey key = new HandlerKey(runtime, "Fine");
            guests.host(runtime).load(new HandlerSource(key, GuestFixture.runs(runtime)));
            for (int round = 0; round < rounds; round++) {
                GuestFixture.Started hit = start(guests, key);
                GuestFixture.Started next = start(guests, key);
                spin(random.nextInt(SPIN_NANOS_MAX));
                hit.running().cancel();

                assertThat(next.result()).as("seed " + seed).isEqualTo(new StepResult.Success("fine"));
                if (hit.result() instanceof StepResult.Failure(StepError error)) {
                    assertThat(error.errorClass()).as("seed " + seed).isEqualTo("StepCancelled");
                } else {
                    assertThat(hit.result()).as("seed " + seed).isEqualTo(new StepResult.Success("fine"));
                }
            }
            assertThat(guests.host(runtime).contexts()).isLessThanOrEqualTo(1);
        }
    }

    private static GuestFixture.Started start(GuestFixture guests, HandlerKey key) {
        return guests.started(key.runtime(), GuestFixture.attempt(key, Map.of()));
    }

    private static void spin(int nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
