package dev.tasker.runtime;

import dev.tasker.error.TaskerException;
import dev.tasker.execution.TaskHook;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.request.Annotation;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.AnnotationStore;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the task handlers that this engine has loaded for the annotations of tasks that have ended, and stores them.
///
/// Several engines may ask for one task; one of them stores. A hook that fails is called again after a pause, in all
/// [#CALLS_MAX] times; then the task is left to other processes.
final class AnnotationKeeper {
    private static final Logger log = LoggerFactory.getLogger(AnnotationKeeper.class);
    static final int CALLS_MAX = 5;
    private static final int TASKS_PER_SWEEP = 20;
    private static final int FAILURES_MAX = 1_000;
    private static final long SWEEP_MILLIS = 1_000;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /// After the first failure of a task's hook; each later one waits twice as long.
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final LoadedHandlers handlers;
    private volatile boolean started;
    private final TaskHooks hooks;
    private final Stores stores;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("tasker-annotations").daemon().factory());
    /// Touched by the timer's thread alone; the oldest one is forgotten where there are too many.
    private final Map<TaskId, Failure> failures = new LinkedHashMap<>();

    AnnotationKeeper(LoadedHandlers handlers, TaskHooks hooks, Stores stores) {
        this.handlers = handlers;
        this.hooks = hooks;
        this.stores = stores;
    }

    /// Where tasks, their templates and their annotations are.
    record Stores(TaskStore tasks, TemplateStore templates, AnnotationStore annotations) {}

    private record Failure(int calls, long againNanos) {
        boolean holdsBack() {
            return calls >= CALLS_MAX || System.nanoTime() - againNanos < 0;
        }
    }

    void start() {
        started = true;
        ScheduledFuture<?> _ =
                timer.scheduleWithFixedDelay(this::guardedSweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// Looks once more, for the tasks that have ended just now, and stops.
    void close() {
        if (started) {
            timer.execute(this::guardedSweep);
        }
        timer.shutdown();
        try {
            if (timer.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        timer.shutdownNow();
    }

    private void guardedSweep() {
        try {
            sweep();
        } catch (RuntimeException | Error problem) {
            log.atWarn().setCause(problem).log("annotations of ended tasks were not looked for; the next look is soon");
        }
    }

    private void sweep() {
        Set<HandlerKey> keys = handlers.taskHandlers();
        if (keys.isEmpty()) {
            return;
        }
        List<TaskId> due;
        do {
            due = stores.annotations().due(keys, heldBack(), TASKS_PER_SWEEP);
            due.forEach(this::annotate);
        } while (due.size() >= TASKS_PER_SWEEP && !timer.isShutdown());
    }

    private List<TaskId> heldBack() {
        return failures.entrySet().stream()
                .filter(entry -> entry.getValue().holdsBack())
                .map(Map.Entry::getKey)
                .toList();
    }

    private void annotate(TaskId task) {
        try {
            TaskSnapshot snapshot = stores.tasks().snapshot(task);
            Optional<Instant> endedAt = snapshot.summary().endedAt();
            if (endedAt.isPresent()) {
                stores.annotations().finish(task, endedAt.get(), annotations(snapshot));
            }
            failures.remove(task);
        } catch (TaskerException | IllegalArgumentException problem) {
            fail(task, problem);
        }
    }

    private void fail(TaskId task, RuntimeException problem) {
        int calls =
                Optional.ofNullable(failures.remove(task)).map(Failure::calls).orElse(0) + 1;
        failures.put(task, new Failure(calls, System.nanoTime() + (PAUSE.toNanos() << (calls - 1))));
        if (failures.size() > FAILURES_MAX) {
            failures.remove(failures.keySet().iterator().next());
        }
        log.atWarn()
                .setCause(problem)
                .addKeyValue("task_id", task)
                .addKeyValue("calls", calls)
                .log(
                        calls < CALLS_MAX
                                ? "an ended task has no annotations yet; its task handler is called again"
                                : "an ended task has no annotations; it is left to other processes");
    }

    private List<Annotation> annotations(TaskSnapshot snapshot) {
        TaskSnapshot.Summary summary = snapshot.summary();
        Template template = stores.templates()
                .find(new TemplateReference(
                        summary.namespace(), summary.name(), SemanticVersion.parse(summary.version())))
                .template();
        HandlerKey key = template.taskHandler()
                .orElseThrow(() ->
                        new IllegalArgumentException("template " + template.key() + " has no task handler any more"))
                .key();
        Object answer = hooks.call(template, key, TaskHook.UPDATE_ANNOTATIONS, input(template, snapshot));
        return read(answer);
    }

    private static List<Annotation> read(@Nullable Object answer) {
        if (answer == null) {
            return List.of();
        }
        if (!(answer instanceof List<?> list) || list.size() > TaskRequest.ANNOTATIONS_MAX) {
            throw new IllegalArgumentException("the task handler's answer is not a list of at most "
                    + TaskRequest.ANNOTATIONS_MAX + " annotations");
        }
        List<Annotation> annotations = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof Map<?, ?> json) || !(json.get("type") instanceof String type)) {
                throw new IllegalArgumentException("an annotation has no `type`: " + element);
            }
            annotations.add(new Annotation(type, json.get("annotation")));
        }
        return annotations;
    }

    private static Map<String, @Nullable Object> input(Template template, TaskSnapshot snapshot) {
        TaskSnapshot.Summary summary = snapshot.summary();
        Map<String, @Nullable Object> task = TaskHooks.subject(template, snapshot.context());
        task.put("task_id", summary.id().toString());
        task.put("state", summary.state().key());
        task.put("initiator", summary.initiator());
        task.put("source_system", summary.sourceSystem());
        task.put("reason", summary.reason());
        task.put("tags", summary.tags());
        task.put("requested_at", Objects.toString(summary.requestedAt()));
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        input.put("task", task);
        input.put("steps", snapshot.steps().stream().map(AnnotationKeeper::step).toList());
        return input;
    }

    private static Map<String, @Nullable Object> step(TaskSnapshot.StepSnapshot step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", step.name());
        json.put("state", step.state().key());
        json.put("attempts", step.attempts());
        json.put("results", step.results());
        return json;
    }
}
