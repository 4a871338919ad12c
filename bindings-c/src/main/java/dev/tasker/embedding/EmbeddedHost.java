package dev.tasker.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.ClaimSequence;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence.Ancestor;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Has handlers run by the program: an attempt is handed to it as work, and completed by it. Safe from any thread.
///
/// The program's code cannot be interrupted from here: a cancelled attempt keeps its slot until the program completes
/// it, and learns of its end when it beats or asks. An HTTP call that it makes through us ends at once.
final class EmbeddedHost implements HandlerHost {
    private static final double RETRY_AFTER_SECONDS_MAX = 1e9;

    private final HandlerRuntime runtime;
    private final int slots;
    private final NativeQueues queues;
    private final long engine;
    private final AtomicLong lastWork = new AtomicLong();
    private final Map<Long, Work> running = new ConcurrentHashMap<>();
    private final Map<HandlerKey, HandlerDeclaration> handlers = new ConcurrentHashMap<>();
    /// The requests that run one task each.
    private final Map<TaskId, Long> directed = new ConcurrentHashMap<>();

    EmbeddedHost(HandlerRuntime runtime, int slots, NativeQueues queues, long engine) {
        this.runtime = runtime;
        this.slots = slots;
        this.queues = queues;
        this.engine = engine;
    }

    /// One attempt in the program's hands.
    static final class Work implements RunningAttempt {
        private final StepAttempt attempt;
        private final Consumer<StepResult> completion;
        private final WorkCalls calls;
        private volatile boolean isCancelled;

        Work(StepAttempt attempt, Consumer<StepResult> completion) {
            this.attempt = attempt;
            this.completion = completion;
            this.calls = new WorkCalls(attempt, this::isCancelled);
        }

        @Override
        public void cancel() {
            isCancelled = true;
            calls.giveUp();
        }

        boolean isCancelled() {
            return isCancelled || attempt.progress().isCancelled();
        }

        WorkCalls calls() {
            return calls;
        }

        /// To be called once, by whoever has taken it out of what runs.
        private void end(StepResult result) {
            completion.accept(result);
            calls.close();
        }
    }

    /// What came of a heartbeat.
    enum Extension {
        EXTENDED,
        CANCELLED,
        UNKNOWN
    }

    @Override
    public HandlerRuntime runtime() {
        return runtime;
    }

    @Override
    public int slots() {
        return slots;
    }

    /// Makes a handler known that the program has.
    void declare(HandlerKey key, HandlerDeclaration declaration) {
        handlers.put(key, declaration);
    }

    @Override
    public HandlerDeclaration load(HandlerSource source) {
        HandlerDeclaration declaration = handlers.get(source.key());
        if (declaration == null) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_CLASS_MISSING,
                    "handler " + source.key() + " is not registered in this process; register its class first",
                    Map.of("handler", source.key().toString()));
        }
        return declaration;
    }

    @Override
    public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
        long id = lastWork.incrementAndGet();
        Work work = new Work(attempt, completion);
        String item = Json.write(item(id, attempt));
        long request = directed.getOrDefault(attempt.task().taskId(), 0L);
        running.put(id, work);
        if (!queues.offer(engine, request, id, ItemKind.NEW, item)) {
            giveBack(id);
        }
        return work;
    }

    /// Sends the attempts of a task to the caller of a request.
    ///
    /// @return false: another caller has them
    boolean direct(TaskId task, long request) {
        return directed.putIfAbsent(task, request) == null;
    }

    void undirect(TaskId task, long request) {
        directed.remove(task, request);
    }

    /// The work with an id, while it runs.
    Optional<Work> find(long work) {
        return Optional.ofNullable(running.get(work));
    }

    /// Takes the outcome of an attempt.
    ///
    /// @return false: there is no such work
    boolean complete(long work, Map<String, @Nullable Object> outcome) {
        Work completed = running.remove(work);
        if (completed == null) {
            return false;
        }
        completed.end(result(outcome));
        return true;
    }

    /// The function that was to complete a piece of work has not done so.
    void giveUp(long id) {
        Work work = running.remove(id);
        if (work != null) {
            work.end(new StepResult.Failure(StepError.retryable(
                    "WorkNotCompleted",
                    "the program's function returned without completing its work",
                    "WORK_NOT_COMPLETED")));
        }
    }

    /// Gives back work that the program will not ask for.
    void giveBack(List<?> ids) {
        ids.forEach(id -> giveBack(((Number) id).longValue()));
    }

    private void giveBack(long id) {
        Work work = running.remove(id);
        if (work != null) {
            work.end(new StepResult.NotStarted("nobody in this process takes work any more"));
        }
    }

    Extension extend(long work) {
        Work extended = running.get(work);
        if (extended == null) {
            return Extension.UNKNOWN;
        }
        try {
            extended.attempt.progress().heartbeat();
            return extended.isCancelled() ? Extension.CANCELLED : Extension.EXTENDED;
        } catch (StepCancelledException over) {
            return Extension.CANCELLED;
        }
    }

    @Override
    public void close() {
        running.forEach((id, work) -> {
            work.cancel();
            giveBack(id);
        });
    }

    private static Map<String, @Nullable Object> item(long id, StepAttempt attempt) {
        Task task = attempt.task();
        Map<String, @Nullable Object> taskFields = new LinkedHashMap<>();
        taskFields.put("task_id", task.taskId().toString());
        taskFields.put("namespace", task.namespace());
        taskFields.put("name", task.name());
        taskFields.put("version", task.version());
        taskFields.put("context", task.context());
        taskFields.put("initiator", task.initiator());
        taskFields.put("source_system", task.sourceSystem());
        taskFields.put("reason", task.reason());
        taskFields.put("tags", task.tags());
        taskFields.put("correlation_id", task.correlationId());
        taskFields.put("requested_at", task.requestedAt().toString());
        Step step = attempt.step();
        Map<String, @Nullable Object> stepFields = new LinkedHashMap<>();
        stepFields.put("workflow_step_id", step.stepId().toString());
        stepFields.put("name", step.name());
        stepFields.put("attempts", step.attempts());
        stepFields.put("retry_limit", step.retryLimit());
        stepFields.put("inputs", step.inputs());
        stepFields.put("config", step.config());
        Map<String, @Nullable Object> item = new LinkedHashMap<>();
        item.put("kind", "step");
        item.put("work_id", id);
        item.put("handler_class", attempt.handlerKey().handlerClass());
        item.put("task", taskFields);
        item.put("step", stepFields);
        item.put("parents", parents(attempt));
        item.put("previous_results", attempt.previousResults());
        item.put("timeout_seconds", attempt.timeout().toMillis() / 1000.0);
        return item;
    }

    private static Map<String, @Nullable Object> parents(StepAttempt attempt) {
        Map<String, @Nullable Object> parents = new LinkedHashMap<>();
        if (attempt.sequence() instanceof ClaimSequence sequence) {
            sequence.parents().forEach((name, parent) -> parents.put(name, ancestor(parent)));
        }
        return parents;
    }

    static Map<String, @Nullable Object> ancestor(Ancestor found) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", found.name());
        fields.put("state", found.state());
        fields.put("results", found.results());
        return fields;
    }

    private static StepResult result(Map<String, @Nullable Object> outcome) {
        if (outcome.get("error") instanceof Map<?, ?> error) {
            return new StepResult.Failure(error(error));
        }
        return new StepResult.Success(outcome.get("results"));
    }

    /// An error as the preludes and the bindings describe it.
    private static StepError error(Map<?, ?> description) {
        Object code = description.get("error_code");
        return new StepError(
                Objects.requireNonNullElse(description.get("class"), "Error").toString(),
                Objects.requireNonNullElse(description.get("message"), "").toString(),
                code == null ? null : code.toString(),
                !Boolean.FALSE.equals(description.get("retryable")),
                delay(description.get("retry_after")),
                context(description.get("context")),
                description.get("cause") instanceof Map<?, ?> cause ? error(cause) : null,
                description.get("backtrace") instanceof List<?> lines
                        ? lines.stream().map(String::valueOf).toList()
                        : List.of());
    }

    private static @Nullable Duration delay(@Nullable Object seconds) {
        return seconds instanceof Number number && number.doubleValue() >= 0
                ? Duration.ofMillis(Math.round(Math.min(number.doubleValue(), RETRY_AFTER_SECONDS_MAX) * 1000))
                : null;
    }

    private static Map<String, Object> context(@Nullable Object value) {
        Map<String, Object> context = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> entries) {
            // Nulls are values of JSON; the map of a StepError carries them although its type does not say so.
            entries.forEach((key, entry) -> put(context, key, entry));
        }
        return context;
    }

    @SuppressWarnings("NullAway") // see above
    private static void put(Map<String, Object> context, Object key, @Nullable Object entry) {
        context.put(key.toString(), entry);
    }
}
