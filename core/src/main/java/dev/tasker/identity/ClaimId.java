package dev.tasker.identity;

/// The fencing token of one claim of one step: taken from a sequence, never reused. An outcome applies only while
/// its claim is the step's current one.
public record ClaimId(long value) {
    public ClaimId {
        if (value <= 0) {
            throw new IllegalArgumentException("a claim id is a positive number, not " + value);
        }
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
