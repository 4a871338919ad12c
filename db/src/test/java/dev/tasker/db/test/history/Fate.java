package dev.tasker.db.test.history;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What becomes of a task, with how many of a thousand fare so.
enum Fate {
    COMPLETE(860, true),
    /// Complete, after steps that failed and were tried again.
    RETRIED(55, true),
    /// Complete, with a step that was bypassed.
    BYPASSED(20, true),
    /// Complete, after an operator resolved a step that had failed for good.
    STEP_RESOLVED(5, true),
    /// Error: a step failed for good.
    FAILED(30, true),
    /// Error, then resolved by an operator.
    TASK_RESOLVED(10, true),
    CANCELLED(20, true),

    /// Pending: no step was claimed yet.
    WAITING(250, false),
    /// Pending: its start lies ahead.
    SCHEDULED(50, false),
    /// In progress: some steps are complete, others may be claimed.
    UNDERWAY(400, false),
    /// In progress: a step failed and waits for its next attempt.
    BACKING_OFF(200, false),
    /// In progress: steps are leased to a worker that is no more.
    LEFT_BEHIND(100, false);

    private static final List<Fate> FINISHED =
            Arrays.stream(values()).filter(fate -> fate.finished).toList();
    private static final List<Fate> ACTIVE =
            Arrays.stream(values()).filter(fate -> !fate.finished).toList();

    private final int weight;
    private final boolean finished;

    Fate(int weight, boolean finished) {
        this.weight = weight;
        this.finished = finished;
    }

    static Fate draw(SplittableRandom random, boolean finished) {
        int ticket = random.nextInt(1000);
        for (Fate fate : finished ? FINISHED : ACTIVE) {
            ticket -= fate.weight;
            if (ticket < 0) {
                return fate;
            }
        }
        throw new IllegalStateException("the weights of fates do not sum up to 1,000");
    }
}
