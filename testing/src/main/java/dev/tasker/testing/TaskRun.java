package dev.tasker.testing;

import dev.tasker.identity.TaskId;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.StepSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One task of a [WorkflowTest].
///
/// Time and worker belong to the test: what moves the time of one task moves that of all.
public final class TaskRun {
    private static final Duration LEASE_AND_MORE = Duration.ofSeconds(17);
    private static final Duration END_MAX = Duration.ofDays(3_650);
    private static final int MOMENTS_MAX = 100_000;

    private final World world;
    private final Template template;
    private final TaskId id;

    TaskRun(World world, Template template, TaskId id) {
        this.world = world;
        this.template = template;
        this.id = id;
    }

    public TaskId id() {
        return id;
    }

    /// Runs every step that can run at this time, and those that they make ready. Time does not move.
    public TaskRun runUntilIdle() {
        world.runUntilIdle();
        return this;
    }

    /// Lets time pass. What falls due on the way is done at its own moment: retries, timeouts, leases.
    public TaskRun advance(Duration time) {
        world.advanceTo(world.clock().instant().plus(time));
        return this;
    }

    /// Lets so much time pass that the leases of a dead worker run out, and its steps run again.
    public TaskRun passLease() {
        return advance(LEASE_AND_MORE);
    }

    /// Lets time pass until the task has ended.
    ///
    /// @throws AssertionError it never ends
    public TaskRun runUntilEnd() {
        Instant last = world.clock().instant().plus(END_MAX);
        world.runUntilIdle();
        for (int moments = 0; !state().isTerminal(); moments++) {
            Optional<Instant> next = world.nextMoment();
            if (next.isEmpty() || next.get().isAfter(last) || moments > MOMENTS_MAX) {
                throw new AssertionError("the task does not end\n" + trail());
            }
            world.advanceTo(next.get());
        }
        return this;
    }

    /// The worker dies when it has claimed this step the next time, before the handler begins.
    public TaskRun crashWorkerBefore(String step) {
        return plan(step, StepFault.CRASH_BEFORE);
    }

    /// The worker dies at the end of this step's next attempt: what the handler did is done, its outcome is
    /// lost.
    ///
    /// The step runs again after [#passLease]: a handler must stand being called twice.
    public TaskRun crashWorkerDuring(String step) {
        return plan(step, StepFault.CRASH_DURING);
    }

    /// The worker hangs during this step's next attempt, loses its lease to another worker, and comes back
    /// with an outcome that must be refused: one second after the lease has run out.
    public TaskRun stallWorkerDuring(String step) {
        return plan(step, StepFault.STALL);
    }

    /// The outcome of this step's next attempt is recorded, but the worker never gets the answer, and sends
    /// it again.
    ///
    /// What the lost answer had claimed for the worker runs after [#passLease].
    public TaskRun loseAnswerAfter(String step) {
        return plan(step, StepFault.ANSWER_LOST);
    }

    /// The worker stops gracefully when it has claimed this step the next time, as in a deployment: it
    /// gives the step back, and the next worker claims it. The attempt does not count.
    public TaskRun restartWorkerDuring(String step) {
        return plan(step, StepFault.RESTART);
    }

    /// The task as it is stored now.
    public TaskSnapshot task() {
        return world.task(id);
    }

    public TaskState state() {
        return task().summary().state();
    }

    /// A step as it is stored now.
    public StepSnapshot step(String name) {
        template.step(name);
        return task().steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// What a step has stored.
    public @Nullable Object results(String step) {
        return step(step).results();
    }

    /// The steps whose outcome came too late and was refused, in order.
    public List<String> refusedOutcomes() {
        List<StepSnapshot> steps = task().steps();
        return world.refused().stream()
                .flatMap(refused -> steps.stream().filter(step -> step.id().equals(refused)))
                .map(StepSnapshot::name)
                .toList();
    }

    /// Steps and audit trail as text, with times since the task was created.
    public String trail() {
        return TrailText.of(task(), world.clock().instant());
    }

    /// Checks of the task as it is stored now.
    public TaskAssert assertThat() {
        return new TaskAssert(this, task(), world.clock().instant());
    }

    private TaskRun plan(String step, StepFault fault) {
        template.step(step);
        world.plan(id, step, fault);
        return this;
    }
}
