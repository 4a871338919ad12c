package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A handler that keeps what it was given, and uses it in a later attempt in the same context.
class OutlivedTest {
    private static final GuestFixture GUESTS = new GuestFixture(oneContextEach());

    private final List<String> lookups = Collections.synchronizedList(new ArrayList<>());
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    private static PolyglotConfig oneContextEach() {
        PolyglotConfig.Builder config = PolyglotConfig.builder();
        GuestFixture.RUNTIMES.forEach(runtime -> config.contextsMax(runtime, 1));
        return config.build();
    }

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void whatWasKeptShowsItsOwnAttemptOnlyAndActsForNone(HandlerRuntime runtime) {
        GuestFixture.results(run(runtime, "first"));
        lookups.clear();
        events.clear();

        Object results = GuestFixture.results(run(runtime, "second"));

        assertThat(results).isInstanceOfSatisfying(Map.class, map -> {
            // Views are of the attempt they were made for; those of the later one never show through them.
            assertThat(map.get("task")).isIn("first", "ended");
            assertThat(map.get("step")).isIn("first", "ended");
            assertThat(map.get("known ancestor")).isIn("first", "ended");
            assertThat(map.get("new ancestor")).isEqualTo("ended");
            assertThat(map.get("publish")).isEqualTo("ended");
            assertThat(map.get("heartbeat")).isEqualTo("ended");
            assertThat(map.get("checkpoint")).isEqualTo("ended");
            assertThat(map.get("read_text")).isEqualTo("ended");
            assertThat(map.get("own")).isEqualTo("second");
        });
        assertThat(lookups).isEmpty();
        assertThat(events).isEmpty();
    }

    private StepResult run(HandlerRuntime runtime, String who) {
        HandlerKey key = new HandlerKey(runtime, "Keeps");
        GUESTS.host(runtime)
                .load(new HandlerSource(key, GuestFixture.file("outlived." + GuestFixture.suffix(runtime))));
        Map<String, Object> data = Map.of("who", who);
        Task task = new Task(
                new TaskId(1), "shop", "order", "1.0.0", data, "ann", "web", "test", List.of(), "c", Instant.EPOCH);
        Sequence sequence = name -> {
            lookups.add(name);
            return new Sequence.Ancestor(name, "complete", data);
        };
        StepAttempt attempt = new StepAttempt(
                new ClaimId(1),
                key,
                task,
                sequence,
                new Step(new StepId(7), "second", 1, 3, data, data),
                null,
                DataFolder.beside(GuestFixture.file("cases.py")),
                Duration.ofMinutes(5),
                (name, payload) -> events.add(name),
                dev.tasker.execution.Progress.NONE);
        return GUESTS.started(runtime, attempt).result();
    }
}
