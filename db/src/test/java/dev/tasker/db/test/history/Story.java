package dev.tasker.db.test.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Plays one task in virtual time, by the rules that the wave has: claim, outcome, release of children, verdict.
///
/// Each move is written at once, in the order of events; the rows of task and steps are what they come to.
final class Story {
    private static final int NO_LIMIT = Integer.MAX_VALUE;
    private static final int WORKERS = 4;

    private final SplittableRandom random;
    private final Fate fate;
    private final Ids ids;
    private final HistoryRows rows;
    private final HistoryPlan plan;
    private final PlayedTask task;
    private long clock;
    private int claims;
    private int claimsMax = NO_LIMIT;
    private boolean stopsAtFailure;

    Story(HistoryPlan plan, SplittableRandom random, Fate fate, PlayedTask task, Ids ids, HistoryRows rows) {
        this.plan = plan;
        this.random = random;
        this.fate = fate;
        this.task = task;
        this.ids = ids;
        this.rows = rows;
        this.clock = task.createdAt;
    }

    /// Leaves task and steps as they stand in the end.
    void tell() {
        prepare();
        create();
        run();
        switch (fate) {
            case STEP_RESOLVED -> resolveStep();
            case TASK_RESOLVED -> resolveTask();
            case CANCELLED -> cancel();
            case UNDERWAY, BACKING_OFF -> drain();
            case COMPLETE, RETRIED, BYPASSED, FAILED, WAITING, SCHEDULED, LEFT_BEHIND -> {}
        }
    }

    private void prepare() {
        int steps = task.steps.size();
        switch (fate) {
            case RETRIED -> fail(anyStep(), 1 + random.nextInt(2), false);
            case STEP_RESOLVED, FAILED, TASK_RESOLVED -> failForGood(anyStep());
            case BACKING_OFF -> {
                fail(anyStep(), 1, false);
                stopsAtFailure = true;
            }
            case CANCELLED -> claimsMax = random.nextInt(steps);
            case UNDERWAY, LEFT_BEHIND -> claimsMax = 1 + random.nextInt(steps - 1);
            case WAITING, SCHEDULED -> claimsMax = 0;
            case COMPLETE, BYPASSED -> {}
        }
    }

    private PlayedStep anyStep() {
        return task.steps.get(random.nextInt(task.steps.size()));
    }

    private void fail(PlayedStep step, int failures, boolean forGood) {
        step.failures = failures;
        step.failsForGood = forGood;
        step.losesLease = !forGood && random.nextInt(10) == 0;
    }

    private void failForGood(PlayedStep step) {
        boolean permanently = random.nextInt(10) < 6;
        fail(step, permanently ? 1 : step.template.retryLimit(), permanently);
    }

    private void create() {
        if (fate == Fate.SCHEDULED) {
            task.startAt = soon();
        }
        for (PlayedStep step : task.steps) {
            step.dueAt = task.startAt == 0 ? task.createdAt : task.startAt;
            if (fate == Fate.BYPASSED && step.template.skippable()) {
                step.state = "skipped";
                step.endedAt = task.createdAt;
                move(step, "pending", "{\"reason\": \"bypassed\"}");
            }
        }
        for (PlayedStep step : task.steps) {
            step.unmet = (int) step.template.parents().stream()
                    .filter(parent -> !task.steps.get(parent).isSatisfied())
                    .count();
            step.claimable = step.unmet == 0 && step.state.equals("pending");
        }
    }

    private void run() {
        while (task.isLive()) {
            Optional<PlayedStep> next = earliest();
            if (next.isEmpty() || (!next.get().isRunning() && claims == claimsMax)) {
                return;
            }
            if (next.get().isRunning()) {
                finish(next.get());
                if (stopsAtFailure && next.get().state.equals("error")) {
                    return;
                }
            } else {
                claim(next.get());
                if (claims == claimsMax && fate != Fate.UNDERWAY) {
                    return;
                }
            }
        }
    }

    private Optional<PlayedStep> earliest() {
        PlayedStep first = null;
        for (PlayedStep step : task.steps) {
            if ((step.isRunning() || step.claimable) && (first == null || time(step) < time(first))) {
                first = step;
            }
        }
        return Optional.ofNullable(first);
    }

    private static long time(PlayedStep step) {
        return step.isRunning() ? step.finishAt : Math.max(step.dueAt, step.updatedAt);
    }

    private void claim(PlayedStep step) {
        clock = Math.max(clock, time(step)) + 1 + random.nextInt(20);
        String worker = "history-" + (1 + random.nextInt(WORKERS));
        if (task.state.equals("pending")) {
            task.startedAt = task.startedAt == 0 ? clock : task.startedAt;
            move("in_progress", "{\"worker\": \"" + worker + "\"}");
        }
        step.attempts++;
        if (step.state.equals("error")) {
            step.state = "pending";
            move(step, "error", "{\"reason\": \"retry\", \"attempt\": " + step.attempts + "}");
        }
        claims++;
        step.state = "in_progress";
        step.claimable = false;
        step.claim = ids.next(Ids.Kind.CLAIM);
        step.worker = worker;
        step.attemptedAt = clock;
        step.leaseUntil = fate == Fate.LEFT_BEHIND ? soon() : clock + 15_000;
        step.finishAt = clock + 5 + random.nextInt(2_000);
        move(step, "pending", attempt(step, worker, ""));
    }

    private void finish(PlayedStep step) {
        clock = Math.max(clock, step.finishAt);
        String worker = step.worker;
        step.worker = null;
        step.leaseUntil = 0;
        if (step.failures > 0) {
            failed(step, worker);
        } else {
            step.state = "complete";
            step.results = "{\"ok\": true, \"amount_cents\": " + random.nextInt(100_000) + ", \"reference\": \"R-"
                    + step.id + "\"}";
            step.error = null;
            step.endedAt = clock;
            move(step, "in_progress", attempt(step, worker, ""));
            releaseChildren(step);
        }
        settle();
    }

    private void failed(PlayedStep step, @Nullable String worker) {
        step.failures--;
        step.state = "error";
        step.permanentFailure = step.failsForGood;
        step.failedAt = clock;
        step.claimable = step.mayRun();
        if (step.losesLease) {
            step.losesLease = false;
            step.dueAt = clock;
            step.error = Errors.leaseExpired(step, worker, clock);
            move(step, "in_progress", attempt(step, worker, ", \"reason\": \"lease_expired\""));
            return;
        }
        step.error = step.permanentFailure ? Errors.permanent(clock) : Errors.retryable(clock);
        if (step.claimable) {
            step.dueAt = stopsAtFailure ? soon() : clock + 1_000L * step.attempts + random.nextInt(500);
        }
        String retriesAt = step.claimable ? ", \"retries_at\": \"" + Times.text(step.dueAt) + "\"" : "";
        move(step, "in_progress", attempt(step, worker, ", \"error\": " + Errors.brief(step) + retriesAt));
    }

    private void releaseChildren(PlayedStep parent) {
        int place = task.steps.indexOf(parent);
        for (PlayedStep child : task.steps) {
            if (child.template.parents().contains(place)) {
                child.unmet--;
                child.claimable = child.unmet == 0 && child.state.equals("pending") && !child.held;
                child.updatedAt = clock;
            }
        }
    }

    private void settle() {
        if (!task.isLive()) {
            return;
        }
        if (task.steps.stream().allMatch(PlayedStep::isSatisfied)) {
            if (task.state.equals("pending")) {
                move("in_progress", "{}");
            }
            end("complete", "{}");
        } else if (task.steps.stream().anyMatch(PlayedStep::isBlocked)
                && task.steps.stream().noneMatch(step -> step.isRunning() || step.claimable)) {
            String blocked = task.steps.stream()
                    .filter(PlayedStep::isBlocked)
                    .map(step -> Long.toString(step.id))
                    .collect(Collectors.joining(", ", "[", "]"));
            end("error", "{\"reason\": \"steps_in_error_state\", \"blocked_step_ids\": " + blocked + "}");
            hold();
        }
    }

    private void hold() {
        task.steps.stream().filter(PlayedStep::isUnfinished).forEach(step -> {
            step.claimable = false;
            step.held = true;
            step.updatedAt = clock;
        });
    }

    /// Lets what is running end, and claims nothing more.
    private void drain() {
        List<PlayedStep> running = new ArrayList<>(
                task.steps.stream().filter(PlayedStep::isRunning).toList());
        running.sort((one, other) -> Long.compare(one.finishAt, other.finishAt));
        running.forEach(this::finish);
    }

    private void resolveStep() {
        PlayedStep step =
                task.steps.stream().filter(PlayedStep::isBlocked).findFirst().orElseThrow();
        String operator = operator("resolve_manually");
        step.state = "resolved_manually";
        step.results = "{\"ok\": true, \"by_hand\": true}";
        step.held = false;
        step.endedAt = clock;
        move(step, "error", operator);
        task.steps.forEach(held -> held.held = false);
        releaseChildren(step);
        task.endedAt = 0;
        move("pending", operator);
        settle();
        run();
    }

    private void resolveTask() {
        end("resolved_manually", operator("resolve"));
    }

    private void cancel() {
        String operator = operator("cancel");
        end("cancelled", operator);
        for (PlayedStep step : task.steps) {
            if (step.state.equals("pending") || step.isRunning()) {
                String from = step.state;
                String metadata = step.isRunning()
                        ? operator.replace(
                                "}", ", " + attempt(step, step.worker, "").substring(1))
                        : operator;
                step.state = "cancelled";
                step.worker = null;
                step.leaseUntil = 0;
                step.endedAt = clock;
                step.claimable = false;
                move(step, from, metadata);
            }
        }
        hold();
    }

    private String operator(String action) {
        clock = Math.max(
                clock + 1,
                Math.min(clock + random.nextInt(7_200_000), plan.until().toEpochMilli() - 60_000));
        return "{\"action\": \"" + action + "\", \"operator\": \"" + Words.operator(random)
                + "\", \"reason\": \"as agreed with the customer\"}";
    }

    private long soon() {
        return plan.until().toEpochMilli()
                + random.nextLong(Math.max(1, plan.horizon().toMillis()));
    }

    private static String attempt(PlayedStep step, @Nullable String worker, String more) {
        return "{\"attempt\": " + step.attempts + ", \"claim_id\": " + step.claim + ", \"worker\": \"" + worker + "\""
                + more + "}";
    }

    private void end(String state, String metadata) {
        task.endedAt = clock;
        move(state, metadata);
    }

    private void move(String to, String metadata) {
        rows.taskMove(ids.next(Ids.Kind.TRANSITION), task, to, metadata, clock);
        task.state = to;
        task.updatedAt = clock;
    }

    private void move(PlayedStep step, String from, String metadata) {
        rows.stepMove(ids.next(Ids.Kind.TRANSITION), task, step, from, metadata, clock);
        step.updatedAt = clock;
    }
}
