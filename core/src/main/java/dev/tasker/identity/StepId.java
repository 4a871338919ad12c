package dev.tasker.identity;

/// Identifies a workflow step. Ids are given by the database, from 1 on.
public record StepId(long value) implements Comparable<StepId> {
    public StepId {
        if (value <= 0) {
            throw new IllegalArgumentException("a workflow step id is a positive number, not " + value);
        }
    }

    @Override
    public int compareTo(StepId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
