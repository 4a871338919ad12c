package dev.tasker.identity;

/// Identifies a task. Ids are given by the database, from 1 on.
public record TaskId(long value) implements Comparable<TaskId> {
    /// Stands for the task where code runs for none that is stored: hooks and subscribers.
    public static final TaskId NONE = new TaskId(Long.MAX_VALUE);

    public TaskId {
        if (value <= 0) {
            throw new IllegalArgumentException("a task id is a positive number, not " + value);
        }
    }

    @Override
    public int compareTo(TaskId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
