package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.polyglot.convert.HostValues;
import dev.tasker.polyglot.convert.NotStorableException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

/// What the host gives to one attempt: its data, and the calls back into the host.
///
/// Errors of a call cross as values; the prelude raises them as the guest's own, so that a handler can catch them.
record HostCalls(StepAttempt attempt, HostValues values) {
    private static final double NO_DELAY = -1;

    Object task() {
        Task task = attempt.task();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("task_id", task.taskId().toString());
        fields.put("namespace", task.namespace());
        fields.put("name", task.name());
        fields.put("version", task.version());
        fields.put("context", task.context());
        fields.put("initiator", task.initiator());
        fields.put("source_system", task.sourceSystem());
        fields.put("reason", task.reason());
        fields.put("tags", task.tags());
        fields.put("correlation_id", task.correlationId());
        fields.put("requested_at", task.requestedAt());
        return values.showFields(fields);
    }

    Object step() {
        Step step = attempt.step();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("workflow_step_id", step.stepId().toString());
        fields.put("name", step.name());
        fields.put("attempts", step.attempts());
        fields.put("retry_limit", step.retryLimit());
        fields.put("inputs", step.inputs());
        fields.put("config", step.config());
        return values.showFields(fields);
    }

    @Nullable
    Object config() {
        return values.show(attempt.step().config());
    }

    @Nullable
    Object previousResults() {
        return values.show(attempt.previousResults());
    }

    ProxyExecutable readText() {
        return arguments -> answer(() -> values.show(attempt.dataFolder().readText(arguments[0].asString())));
    }

    /// Takes the event's name and its payload in the flat form.
    ProxyExecutable publish() {
        return arguments -> answer(() -> {
            String name = arguments[0].asString();
            attempt.events().publish(name, payload(name, arguments[1]));
            return values.show(null);
        });
    }

    @SuppressWarnings("unchecked") // the reader makes maps with text keys only
    private static Map<String, @Nullable Object> payload(String name, Value flat) {
        String reason = "its payload must be a map";
        try {
            if (FlatReader.value(flat, "payload") instanceof Map<?, ?> payload) {
                return (Map<String, @Nullable Object>) payload;
            }
        } catch (NotStorableException problem) {
            reason = String.valueOf(problem.getMessage());
        }
        throw new PermanentError(
                "event `" + name + "` cannot be published: " + reason,
                ErrorCode.EVENT_INVALID.name(),
                Map.of("event", name));
    }

    ProxyExecutable lookup() {
        return arguments -> answer(() -> ancestor(arguments[0].asString()));
    }

    private Object ancestor(String name) {
        Sequence.Ancestor found = attempt.sequence().findStepByName(name);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", found.name());
        fields.put("state", found.state());
        fields.put("results", found.results());
        return values.showFields(fields);
    }

    private ProxyArray answer(Supplier<@Nullable Object> call) {
        try {
            return ProxyArray.fromArray("ok", call.get());
        } catch (PermanentError error) {
            return failure("permanent", error, error.errorCode().orElse(""), NO_DELAY, error.context());
        } catch (RetryableError error) {
            double seconds = error.retryAfter().map(HostCalls::seconds).orElse(NO_DELAY);
            return failure("retryable", error, "", seconds, error.context());
        } catch (RuntimeException error) {
            // The database, for example: another attempt may find it well.
            return failure(
                    "retryable",
                    error,
                    "",
                    NO_DELAY,
                    Map.of("class", error.getClass().getName()));
        }
    }

    private ProxyArray failure(String kind, RuntimeException error, String code, double delay, Map<String, ?> context) {
        return ProxyArray.fromArray(kind, String.valueOf(error.getMessage()), code, delay, values.show(context));
    }

    private static double seconds(Duration delay) {
        return delay.toMillis() / 1000.0;
    }
}
