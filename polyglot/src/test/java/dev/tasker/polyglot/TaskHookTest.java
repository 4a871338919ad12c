package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.TaskHook;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Hooks of task handlers, called the way the engine calls them: the same in the three languages.
class TaskHookTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());
    private static final Map<String, @Nullable Object> CONTEXT =
            Map.of("order_id", 1L, "vip", true, "state", "new", "price", 2.5);

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    private static StepResult call(HandlerRuntime runtime, String handler, TaskHook hook, List<?> steps) {
        HandlerKey key = new HandlerKey(runtime, handler);
        Path file = GuestFixture.file("task_hooks." + GuestFixture.suffix(runtime));
        GUESTS.host(runtime).load(new HandlerSource(key, file));
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("task", task());
        if (hook != TaskHook.SCHEMA) {
            input.put("steps", steps);
        }
        StepAttempt plain = GuestFixture.attempt(key, input, DataFolder.none());
        Step step = new Step(plain.step().stepId(), hook.key(), 1, 1, Map.of(), Map.of());
        return GUESTS.started(
                        runtime,
                        new StepAttempt(
                                plain.claimId(),
                                key,
                                plain.task(),
                                plain.sequence(),
                                step,
                                null,
                                plain.dataFolder(),
                                plain.timeout()))
                .result();
    }

    private static Map<String, @Nullable Object> task() {
        Map<String, @Nullable Object> task = new LinkedHashMap<>();
        task.put("task_id", null);
        task.put("namespace", "shop");
        task.put("name", "order");
        task.put("version", "1.0.0");
        task.put("state", "pending");
        task.put("context", CONTEXT);
        task.put("initiator", "ann");
        task.put("source_system", "web");
        task.put("reason", "test");
        task.put("tags", List.of());
        task.put("correlation_id", null);
        task.put("requested_at", null);
        return task;
    }

    private static Map<String, Object> step(String name, List<String> parents, long retryLimit, Object inputs) {
        return Map.of(
                "name", name, "depends_on", parents, "retryable", true, "retry_limit", retryLimit, "inputs", inputs);
    }

    private static List<Map<String, Object>> steps() {
        return List.of(step("reserve", List.of(), 3, CONTEXT), step("charge", List.of(), 3, CONTEXT));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void theSchemaComesOutAsJson(HandlerRuntime runtime) {
        assertThat(GuestFixture.results(call(runtime, "OrderHooks", TaskHook.SCHEMA, List.of())))
                .isEqualTo(Map.of("type", "object", "required", List.of("order_id")));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void changedStepsComeBackAndTheOthersAsTheyWere(HandlerRuntime runtime) {
        Map<String, Object> inputs = new LinkedHashMap<>(CONTEXT);
        inputs.put("currency", "EUR");

        assertThat(GuestFixture.results(
                        call(runtime, "OrderHooks", TaskHook.ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS, steps())))
                .isEqualTo(
                        List.of(step("reserve", List.of(), 3, CONTEXT), step("charge", List.of("reserve"), 5, inputs)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void annotationsSeeTheResultsOfEveryStep(HandlerRuntime runtime) {
        List<?> ended = List.of(
                Map.of("name", "reserve", "state", "skipped", "attempts", 0L, "results", Map.of()),
                Map.of("name", "charge", "state", "complete", "attempts", 1L, "results", Map.of("cents", 250L)));

        assertThat(GuestFixture.results(call(runtime, "OrderHooks", TaskHook.UPDATE_ANNOTATIONS, ended)))
                .isEqualTo(List.of(Map.of(
                        "type",
                        "total",
                        "annotation",
                        Map.of("cents", 250L, "state", "new", "steps", List.of("skipped", "complete")))));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void aHookThatRaisesFailsWithItsOwnError(HandlerRuntime runtime) {
        assertThat(GuestFixture.error(
                        call(runtime, "FailingHooks", TaskHook.ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS, steps())))
                .satisfies(error -> {
                    assertThat(error.message()).isEqualTo("no such customer");
                    assertThat(error.errorCode()).isEqualTo("NO_CUSTOMER");
                });
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void hooksThatAreNotDefinedChangeNothing(HandlerRuntime runtime) {
        assertThat(GuestFixture.results(call(runtime, "PlainHooks", TaskHook.SCHEMA, List.of())))
                .isNull();
        assertThat(GuestFixture.results(
                        call(runtime, "PlainHooks", TaskHook.ESTABLISH_STEP_DEPENDENCIES_AND_DEFAULTS, steps())))
                .isEqualTo(steps());
        assertThat(GuestFixture.results(call(runtime, "PlainHooks", TaskHook.UPDATE_ANNOTATIONS, List.of())))
                .isEqualTo(List.of());
    }
}
