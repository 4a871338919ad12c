package dev.tasker.readiness;

import dev.tasker.identity.StepId;
import dev.tasker.transition.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether one step may run, and what holds it back.
///
/// @param retryEligible         as far as its attempts go it may still run, now or later
/// @param readyForExecution     it may be claimed at this moment
/// @param nextRetryAt           while it waits for its next attempt
/// @param requestedBackoff      the delay that the handler asked for when the last attempt failed
/// @param lastFailureAt         while the step is in error
public record StepReadiness(
        StepId id,
        String name,
        StepState state,
        boolean dependenciesSatisfied,
        boolean retryEligible,
        boolean readyForExecution,
        Optional<Instant> nextRetryAt,
        int totalParents,
        int completedParents,
        int attempts,
        int retryLimit,
        Optional<Duration> requestedBackoff,
        Optional<Instant> lastFailureAt,
        Optional<Instant> lastAttemptedAt) {
    /// Why the step may not be claimed at this time; empty when it may.
    public Optional<BlockingReason> blockingReason(Instant now) {
        if (readyForExecution) {
            return Optional.empty();
        }
        if (!mayStillRun()) {
            return Optional.of(BlockingReason.INVALID_STATE);
        }
        if (!dependenciesSatisfied) {
            return Optional.of(BlockingReason.DEPENDENCIES_NOT_SATISFIED);
        }
        return Optional.of(
                !retryEligible || waitsForBackoff(now) ? BlockingReason.RETRY_NOT_ELIGIBLE : BlockingReason.UNKNOWN);
    }

    /// How long until the step may be claimed as far as its backoff goes: zero when it may, empty when it waits for
    /// something else than time.
    public Optional<Duration> timeUntilReady(Instant now) {
        if (readyForExecution) {
            return Optional.of(Duration.ZERO);
        }
        return nextRetryAt.map(at -> at.isAfter(now) ? Duration.between(now, at) : Duration.ZERO);
    }

    /// `no_dependencies`, `all_satisfied`, or for example `1/3_satisfied`.
    public String dependencyStatus() {
        if (totalParents == 0) {
            return "no_dependencies";
        }
        return dependenciesSatisfied ? "all_satisfied" : completedParents + "/" + totalParents + "_satisfied";
    }

    /// `max_retries_reached`, `waiting_for_backoff` or `retry_eligible`. A permanent error uses up all retries.
    public String retryStatus(Instant now) {
        if (!retryEligible) {
            return "max_retries_reached";
        }
        return waitsForBackoff(now) ? "waiting_for_backoff" : "retry_eligible";
    }

    /// `explicit_backoff`: the handler asked for the delay; `exponential_backoff`: the step's policy made
    /// it, whatever its strategy; `no_backoff`: the step has no failure to recover from.
    public String backoffType() {
        if (lastFailureAt.isEmpty() || !retryEligible) {
            return "no_backoff";
        }
        return requestedBackoff.isPresent() ? "explicit_backoff" : "exponential_backoff";
    }

    /// The delay between the last failure and the next attempt, as it was stored; 0 without backoff.
    public long effectiveBackoffSeconds() {
        if (backoffType().equals("no_backoff")) {
            return 0;
        }
        return requestedBackoff
                .or(() -> nextRetryAt.map(at -> Duration.between(lastFailureAt.orElseThrow(), at)))
                .map(Duration::toSeconds)
                .orElse(0L);
    }

    /// Whether it depends on no other step.
    public boolean isRoot() {
        return totalParents == 0;
    }

    /// All of it, as a JSON object.
    public Map<String, @Nullable Object> detailedStatus(Instant now) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("workflow_step_id", id.value());
        json.put("name", name);
        json.put("state", state.key());
        json.put("ready", readyForExecution);
        json.put("blocking_reason", blockingReason(now).map(BlockingReason::key).orElse(null));
        json.put(
                "time_until_ready_seconds",
                timeUntilReady(now).map(Duration::toSeconds).orElse(null));
        json.put("dependency_status", dependencyStatus());
        json.put("retry_status", retryStatus(now));
        json.put("backoff_type", backoffType());
        json.put("effective_backoff_seconds", effectiveBackoffSeconds());
        json.put("attempts", attempts);
        json.put("retry_limit", retryLimit);
        json.put("next_retry_at", nextRetryAt.map(Instant::toString).orElse(null));
        json.put("last_failure_at", lastFailureAt.map(Instant::toString).orElse(null));
        json.put("last_attempted_at", lastAttemptedAt.map(Instant::toString).orElse(null));
        return json;
    }

    private boolean waitsForBackoff(Instant now) {
        return nextRetryAt.filter(at -> at.isAfter(now)).isPresent();
    }

    private boolean mayStillRun() {
        return state == StepState.PENDING || state == StepState.ERROR;
    }
}
