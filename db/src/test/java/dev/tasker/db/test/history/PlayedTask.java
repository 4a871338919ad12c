package dev.tasker.db.test.history;

import java.util.List;

/// A task while its story is told: the columns of its row. Times as in [PlayedStep].
final class PlayedTask {
    final Shape shape;
    final long id;
    final long createdAt;
    final List<PlayedStep> steps;

    String state = "pending";
    long startAt;
    long startedAt;
    long endedAt;
    long updatedAt;

    PlayedTask(Shape shape, long id, long createdAt, List<PlayedStep> steps) {
        this.shape = shape;
        this.id = id;
        this.createdAt = createdAt;
        this.updatedAt = createdAt;
        this.steps = steps;
    }

    boolean isLive() {
        return state.equals("pending") || state.equals("in_progress");
    }
}
