package dev.tasker.server.benchmark;

import dev.tasker.error.RetryableError;
import dev.tasker.event.EventFilter;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// An engine under a workload: each task is created by a call of its own, and is complete with the event that the
/// engine publishes after the commit.
public final class TaskerSystem implements WorkflowSystem {
    private static final String NUMBER = "number";
    private static final String COMPLETED = "task.completed";
    private static final String FAILED = "task.failed";

    private final Tasker tasker;
    private final RegisteredTemplate template;
    private final ConcurrentMap<TaskId, CompletableFuture<@Nullable Void>> ends = new ConcurrentHashMap<>();

    private TaskerSystem(Tasker tasker, RegisteredTemplate template) {
        this.tasker = tasker;
        this.template = template;
    }

    /// Registers template and Java handlers, and starts the engine, which is closed with this.
    ///
    /// @param fails whether the first attempt of a step fails, by the task's number and the step's
    public static TaskerSystem start(Tasker tasker, Template template, BiPredicate<Long, Integer> fails) {
        tasker.register(BenchmarkTemplate.HANDLER, _ -> new NoOpHandler(fails));
        TaskerSystem system = new TaskerSystem(tasker, tasker.register(template).template());
        tasker.events().watch(EventFilter.of(COMPLETED, FAILED), system::ended);
        tasker.start();
        return system;
    }

    @Override
    public void run(long number) throws InterruptedException {
        TaskId task = tasker.create(template, request(number));
        try {
            end(task).get();
        } catch (ExecutionException problem) {
            throw new IllegalStateException("task " + task + " failed", problem.getCause());
        } finally {
            ends.remove(task);
        }
    }

    /// The request for a task.
    public static TaskRequest request(long number) {
        return TaskRequest.builder(Map.of(NUMBER, number)).build();
    }

    @Override
    public void close() {
        tasker.close();
    }

    private void ended(LifecycleEvent event) {
        CompletableFuture<@Nullable Void> end = end(Objects.requireNonNull(event.task()));
        if (event.name().equals(COMPLETED)) {
            end.complete(null);
        } else {
            end.completeExceptionally(new IllegalStateException("it ended in error"));
        }
    }

    /// The event may come before the creation has returned.
    private CompletableFuture<@Nullable Void> end(TaskId task) {
        return ends.computeIfAbsent(task, _ -> new CompletableFuture<>());
    }

    /// Does nothing, or fails at first.
    private static final class NoOpHandler extends StepHandler {
        private final BiPredicate<Long, Integer> fails;

        NoOpHandler(BiPredicate<Long, Integer> fails) {
            this.fails = fails;
        }

        @Override
        public Object process(Task task, Sequence sequence, Step step) {
            if (step.attempts() == 1 && fails.test(number(task), stepNumber(step))) {
                throw new RetryableError("fails at first");
            }
            return NoOp.RESULT;
        }

        private static long number(Task task) {
            return ((Number) Objects.requireNonNull(task.context().get(NUMBER))).longValue();
        }

        private static int stepNumber(Step step) {
            return Integer.parseInt(
                    step.name(), WorkflowShape.STEP_PREFIX.length(), step.name().length(), 10);
        }
    }
}
