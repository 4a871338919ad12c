package dev.tasker.db.test.history;

import dev.tasker.db.test.history.Shape.ShapeStep;
import org.jspecify.annotations.Nullable;

/// A step while its story is told: the columns of its row, and what is to happen to it.
///
/// Times are milliseconds since 1970; 0 stands for none, also among claims.
final class PlayedStep {
    final ShapeStep template;
    final long id;

    String state = "pending";
    boolean claimable;
    boolean held;
    int unmet;
    long dueAt;
    int attempts;
    boolean permanentFailure;
    long claim;

    @Nullable
    String worker;

    long leaseUntil;

    @Nullable
    String results;

    @Nullable
    String error;

    long attemptedAt;
    long failedAt;
    long endedAt;
    long updatedAt;

    /// When the attempt that runs will end.
    long finishAt;
    /// How many of the attempts to come fail; the first of them by a lost lease or for good.
    int failures;
    boolean failsForGood;
    boolean losesLease;

    PlayedStep(ShapeStep template, long id, long dueAt) {
        this.template = template;
        this.id = id;
        this.dueAt = dueAt;
        this.updatedAt = dueAt;
    }

    boolean isRunning() {
        return state.equals("in_progress");
    }

    boolean isUnfinished() {
        return state.equals("pending") || state.equals("error") || isRunning();
    }

    boolean isSatisfied() {
        return state.equals("complete") || state.equals("skipped") || state.equals("resolved_manually");
    }

    /// As `tasker.retry_is_allowed` has it.
    boolean mayRun() {
        return !permanentFailure && (attempts == 0 || (template.retryable() && attempts < template.retryLimit()));
    }

    boolean isBlocked() {
        return state.equals("cancelled") || (state.equals("error") && !mayRun());
    }
}
