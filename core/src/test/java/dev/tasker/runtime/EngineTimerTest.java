package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EngineTimerTest {
    @Test
    void theTimeoutOfAStepThatHasEndedIsForgottenAtOnce() {
        try (ScheduledThreadPoolExecutor timer = EngineParts.timer("test-", 1)) {
            Future<?> timeout = timer.schedule(() -> {}, 300, TimeUnit.SECONDS);

            timeout.cancel(false);

            assertThat(timer.getQueue()).isEmpty();
        }
    }
}
