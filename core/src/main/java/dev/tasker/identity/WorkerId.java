package dev.tasker.identity;

/// Identifies one engine in one process for as long as it is open.
public record WorkerId(String value) {
    public WorkerId {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a worker id must not be blank");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
