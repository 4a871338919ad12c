package dev.tasker.execution.http;

import dev.tasker.error.PermanentError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs handlers as the engine does.
final class Calls {
    static final Instant NOW = Instant.parse("2030-01-01T12:00:00Z");

    private Calls() {}

    /// A handler that makes one request.
    static final class Calling extends ApiStepHandler {
        private final Body body;

        Calling(Map<String, @Nullable Object> config, Body body) {
            super(config, InstantSource.fixed(NOW));
            this.body = body;
        }

        @Override
        protected ApiResponse call(ApiClient client, Task task, Sequence sequence, Step step) throws Exception {
            return body.call(client);
        }
    }

    @FunctionalInterface
    interface Body {
        ApiResponse call(ApiClient client) throws Exception;
    }

    /// Config from pairs of key and value.
    static Map<String, @Nullable Object> config(@Nullable Object... pairs) {
        Map<String, @Nullable Object> config = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            config.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return config;
    }

    static Map<?, ?> get(Map<String, @Nullable Object> config) throws Exception {
        return run(new Calling(config, ApiClient::get), 1);
    }

    static Map<?, ?> run(ApiStepHandler handler, int attempt) throws Exception {
        return run(handler, attempt, Map.of(), Map.of());
    }

    static Map<?, ?> run(
            ApiStepHandler handler, int attempt, Map<String, @Nullable Object> context, Map<String, Object> results)
            throws Exception {
        Task task = new Task(
                new TaskId(7), "shop", "order", "1.0.0", context, "ann", "test", "because", List.of(), "corr-1", NOW);
        Step step = new Step(new StepId(9), "call", attempt, 3, Map.of(), Map.of());
        Sequence sequence = name -> {
            if (!results.containsKey(name)) {
                throw new PermanentError("no ancestor " + name, "STEP_NOT_AN_ANCESTOR", Map.of());
            }
            return new Sequence.Ancestor(name, "complete", results.get(name));
        };
        Object output = handler.process(task, sequence, step);
        return (Map<?, ?>) handler.processResults(step, output, null);
    }
}
