package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Python's asyncio runs without sockets, which a confined handler has not.
class AsyncioTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    private static StepResult run(String handler) {
        return GUESTS.run(HandlerRuntime.PYTHON, handler, Map.of(), GuestFixture.file("async_cases.py"));
    }

    @Test
    void tasksAndTimersRun() {
        assertThat(run("Gathers")).isEqualTo(new StepResult.Success(Map.of("values", List.of(1L, 2L))));
    }

    @Test
    void futureThatNobodySettlesIsAFailure() {
        StepError error = GuestFixture.error(run("NeverSettles"));

        assertThat(error.message()).contains("can never happen");
    }
}
