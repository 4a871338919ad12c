package dev.tasker.db.test.history;

import org.jspecify.annotations.Nullable;

/// Errors of steps, as JSON in the form that engines store.
final class Errors {
    private Errors() {}

    static String retryable(long at) {
        return error("IOException", "the warehouse did not answer within 5 s", "UNAVAILABLE", true, at);
    }

    static String permanent(long at) {
        return error("PermanentException", "the card was refused", "CARD_REFUSED", false, at);
    }

    static String leaseExpired(PlayedStep step, @Nullable String worker, long at) {
        return error(
                "LeaseExpired",
                "worker " + worker + " stopped renewing its lease; the outcome of attempt " + step.attempts
                        + " is unknown",
                "LEASE_EXPIRED",
                true,
                at);
    }

    /// What a transition tells of it.
    static String brief(PlayedStep step) {
        return step.permanentFailure
                ? "{\"class\": \"PermanentException\", \"message\": \"the card was refused\", \"error_code\": \"CARD_REFUSED\"}"
                : "{\"class\": \"IOException\", \"message\": \"the warehouse did not answer within 5 s\","
                        + " \"error_code\": \"UNAVAILABLE\"}";
    }

    private static String error(String type, String message, String code, boolean retryable, long at) {
        return "{\"class\": \"" + type + "\", \"message\": \"" + message + "\", \"error_code\": \"" + code
                + "\", \"retryable\": " + retryable + ", \"at\": \"" + Times.text(at) + "\"}";
    }
}
