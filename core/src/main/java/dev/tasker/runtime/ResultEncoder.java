package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Turns what a handler returned into what the wave records. Everything it lets through can be stored.
public final class ResultEncoder {
    private final int resultBytesMax;
    private final Duration retryAfterMax;
    private final DoubleSupplier random;
    private final Supplier<String> now;

    /// @param random uniform in [0,1), for the jitter of the backoff
    /// @param now    the time that is stored with an error, in ISO form
    public ResultEncoder(TaskerConfig config, DoubleSupplier random, Supplier<String> now) {
        this.resultBytesMax = config.resultBytesMax();
        this.retryAfterMax = config.backoff().retryAfterMax();
        this.random = random;
        this.now = now;
    }

    public Outcome encode(ClaimedStep claimed, StepResult result) {
        return switch (result) {
            case StepResult.Success(Object results) -> encodeSuccess(claimed, results);
            case StepResult.Failure(StepError error) -> encodeFailure(claimed, error);
            case StepResult.NotStarted _ ->
                Outcome.release(claimed.step().stepId(), claimed.claim()).with(claimed.facts());
        };
    }

    private Outcome encodeSuccess(ClaimedStep claimed, @Nullable Object results) {
        Optional<JsonShape.Defect> defect = JsonShape.defectIn(results, "results");
        if (defect.isPresent()) {
            return encodeFailure(
                    claimed,
                    StepError.permanent(
                            "ResultNotJson",
                            "the result cannot be stored: " + defect.get(),
                            (defect.get().tooDeep() ? ErrorCode.RESULT_TOO_LARGE : ErrorCode.RESULT_NOT_JSON).name(),
                            Map.of("path", defect.get().path())));
        }
        String json = Json.write(results);
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > resultBytesMax) {
            return encodeFailure(
                    claimed,
                    StepError.permanent(
                            "ResultTooLarge",
                            "the result has " + bytes + " bytes as JSON, more than the limit of " + resultBytesMax
                                    + "; store large data elsewhere and return where it is",
                            ErrorCode.RESULT_TOO_LARGE.name(),
                            Map.of("bytes", bytes, "limit", resultBytesMax)));
        }
        return Outcome.success(claimed.step().stepId(), claimed.claim(), json).with(claimed.facts());
    }

    public Outcome encodeFailure(ClaimedStep claimed, StepError error) {
        String json = Json.write(storable(error));
        if (json.length() > resultBytesMax) {
            json = Json.write(storable(withoutContext(error, json.length())));
        }
        if (!error.retryable()) {
            return Outcome.permanentFailure(claimed.step().stepId(), claimed.claim(), json)
                    .with(claimed.facts());
        }
        Duration delay =
                claimed.backoff().delayAfter(error, claimed.step().attempts(), random.getAsDouble(), retryAfterMax);
        return Outcome.retryableFailure(claimed.step().stepId(), claimed.claim(), json, delay)
                .with(claimed.facts());
    }

    /// An error must reach the audit trail whatever it carries: what cannot be stored is replaced, not refused.
    private Map<String, @Nullable Object> storable(StepError error) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>(error.toJson());
        json.put("at", now.get());
        JsonShape.defectIn(json.get("context"), "context")
                .ifPresent(defect -> json.put("context", Map.of("not_stored", defect.toString())));
        if (JsonShape.defectIn(json, "error").isPresent()) {
            json.replaceAll((key, value) -> value instanceof String text ? legible(text) : value);
            json.put("cause", null);
            json.put(
                    "backtrace",
                    error.backtrace().stream().map(ResultEncoder::legible).toList());
        }
        return json;
    }

    private static StepError withoutContext(StepError error, int chars) {
        return new StepError(
                error.errorClass(),
                error.message(),
                error.errorCode(),
                error.retryable(),
                error.retryAfter(),
                Map.of("not_stored", "context and cause were dropped: the error had " + chars + " characters"),
                null,
                error.backtrace());
    }

    /// Replaces what PostgreSQL or UTF-8 cannot hold: NUL characters and halves of surrogate pairs.
    private static String legible(String text) {
        String encodable = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        return encodable.replace("\u0000", "\\u0000");
    }

    /// What is recorded where the database refuses an outcome for its content.
    static Outcome notStorable(Outcome outcome, RuntimeException problem) {
        StepError error = StepError.permanent(
                "ResultNotStorable",
                legible("the database refused what the step returned: " + problem.getMessage()),
                ErrorCode.RESULT_NOT_JSON.name(),
                Map.of());
        return Outcome.permanentFailure(outcome.step(), outcome.claim(), Json.write(error.toJson()));
    }

    /// What is recorded where an attempt outran its step's timeout.
    public static StepError timeout(ClaimedStep claimed) {
        return StepError.retryable(
                "StepTimeout",
                "the handler ran longer than the step's timeout of "
                        + claimed.timeout().toSeconds() + " s, and was told to stop",
                ErrorCode.STEP_TIMEOUT.name());
    }
}
