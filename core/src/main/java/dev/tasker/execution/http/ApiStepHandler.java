package dev.tasker.execution.http;

import dev.tasker.error.RetryableError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.io.IOException;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Base class of handlers that call an HTTP API.
///
/// A subclass makes the call and returns the response; this class decides what it means: a result, a failure that is
/// tried again (429, 503 and other server errors, lost connections, timeouts), or one that is final (most 4xx,
/// redirects that are not followed). See `docs/handlers.md` for the keys of `handler_config`.
public abstract class ApiStepHandler extends StepHandler {
    private final InstantSource clock;

    protected ApiStepHandler(Map<String, @Nullable Object> config) {
        this(config, Clock.systemUTC());
    }

    /// For tests.
    ///
    /// @param clock what dates in `Retry-After` are compared with when the server sends no `Date`
    protected ApiStepHandler(Map<String, @Nullable Object> config, InstantSource clock) {
        super(config);
        this.clock = clock;
    }

    /// Makes the call.
    ///
    /// @param client knows the URL, the headers and the timeouts of the config
    /// @return the response that decides, whatever its status
    protected abstract ApiResponse call(ApiClient client, Task task, Sequence sequence, Step step) throws Exception;

    /// What is stored of a successful response: by default its status, some of its headers, and its body.
    ///
    /// @param initialResults what the previous attempt stored, or null
    protected @Nullable Object results(Step step, ApiResponse response, @Nullable Object initialResults)
            throws Exception {
        return response.toResults();
    }

    /// The config that applies to this attempt, by default the template's `handler_config`.
    protected Map<String, @Nullable Object> config(Task task, Sequence sequence) {
        return config();
    }

    @Override
    public final Object process(Task task, Sequence sequence, Step step) throws Exception {
        ApiConfig config = ApiConfig.read(config(task, sequence));
        String idempotencyKey = "tasker-" + task.taskId() + "-" + step.stepId();
        try (ApiClient client = new ApiClient(config, idempotencyKey)) {
            ApiResponse response = call(client, task, sequence, step);
            return new StatusRule(config, clock, step.attempts()).check(response);
        } catch (IOException problem) {
            // Neither the request nor its headers: they may hold secrets.
            throw (RetryableError) new RetryableError(
                            String.valueOf(problem.getMessage()),
                            config.retryDelay(step.attempts()).orElse(null),
                            config.url()
                                    .<Map<String, Object>>map(url -> Map.of("url", ApiUrl.withoutSecrets(url)))
                                    .orElse(Map.of()))
                    .initCause(problem);
        }
    }

    @Override
    public final @Nullable Object processResults(Step step, @Nullable Object output, @Nullable Object initialResults)
            throws Exception {
        return results(step, (ApiResponse) Objects.requireNonNull(output), initialResults);
    }
}
