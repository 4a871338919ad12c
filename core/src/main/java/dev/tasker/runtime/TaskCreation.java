package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TaskId;
import dev.tasker.request.IdentityStrategies;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.Database;
import dev.tasker.store.LoadStore;
import dev.tasker.store.TaskStore;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.RequestCheck;
import dev.tasker.task.StepAdjustments;
import dev.tasker.template.Template;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/// Makes tasks of requests, alone and in batches. Safe from any thread.
///
/// Every call blocks for one round trip; single tasks that are created at the same time share one. The `hash` strategy
/// and registered ones that use the time need another one
/// before it, for requests that do not say when they were made: the minute is told by the database's clock, which
/// all engines share.
public final class TaskCreation {
    /// The most that one call takes.
    public static final int REQUESTS_MAX = 1_000;

    private final TaskStore tasks;
    private final GroupedCreation grouped;
    private final IdentityStrategies identities = new IdentityStrategies();
    private final RequestCheck check = new RequestCheck(identities);
    private final Surroundings surroundings;

    /// Creation that nothing limits and nobody listens to, for templates without a task handler.
    public TaskCreation(TaskStore tasks) {
        this(
                tasks,
                new Surroundings(
                        TaskRequest.CONTEXT_BYTES_MAX, CreationHooks.UNAVAILABLE, _ -> {}, _ -> {}, FirstSteps.NONE));
    }

    TaskCreation(TaskStore tasks, Surroundings surroundings) {
        this.tasks = tasks;
        this.grouped = new GroupedCreation(this::storeAndStart);
        this.surroundings = surroundings;
    }

    /// Creation within the limits of a configuration, for processes that run no engine.
    public static TaskCreation within(TaskerConfig config, DataSource dataSource) {
        Database database = new Database(dataSource);
        Backlog backlog = new Backlog(
                config.pacing().backlogTasksMax(),
                new LoadStore(database, dataSource)::unfinishedTasks,
                System::nanoTime);
        return new TaskCreation(
                new TaskStore(database),
                new Surroundings(
                        config.contextBytesMax(), CreationHooks.UNAVAILABLE, backlog::admit, _ -> {}, FirstSteps.NONE));
    }

    /// What else has a say in it.
    ///
    /// @param contextBytesMax what a context may have as JSON in UTF-8
    /// @param hooks of the templates' task handlers
    /// @param admission throws where so many tasks more are too many
    /// @param onCreated called after tasks were stored
    /// @param firstSteps starts tasks with their creation
    record Surroundings(
            int contextBytesMax,
            CreationHooks hooks,
            IntConsumer admission,
            Consumer<Created> onCreated,
            FirstSteps firstSteps) {}

    /// What became of one request.
    public record Created(Template template, TaskRequest request, CreatedTask task) {}

    /// How tasks are told apart; custom strategies are registered here.
    public IdentityStrategies identities() {
        return identities;
    }

    /// Checks a request and stores its task.
    ///
    /// @throws InvalidRequestException see [RequestCheck#check]; TASK_HANDLER_FAILED
    /// @throws dev.tasker.error.HandlerLoadException the template has a task handler that this process cannot run
    /// @throws dev.tasker.error.ConflictException TASK_DUPLICATE, with the id of the existing task
    /// @throws dev.tasker.error.BacklogFullException too many tasks are unfinished
    public TaskId create(RegisteredTemplate template, TaskRequest request) {
        checkOne(template.template(), request);
        return store(template, List.of(request), Duplicates.REFUSE).getFirst().id();
    }

    /// Checks requests and stores their tasks, all or none.
    ///
    /// @param requests at most [#REQUESTS_MAX]
    /// @return one for each request, in order
    /// @throws InvalidRequestException the first request that is not good, with its `index` where there
    ///     are several; or there are too many
    /// @throws dev.tasker.error.ConflictException TASK_DUPLICATE, where duplicates are refused: with the id of the
    ///     existing task and the `index` of the request
    public List<CreatedTask> create(RegisteredTemplate template, List<TaskRequest> requests, Duplicates duplicates) {
        check(template.template(), requests);
        return store(template, requests, duplicates);
    }

    /// Refuses requests that cannot become tasks of a template; needs no database.
    ///
    /// @throws InvalidRequestException as [#create] throws it
    public void check(Template template, List<TaskRequest> requests) {
        if (requests.size() > REQUESTS_MAX) {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID,
                    "a batch has at most " + REQUESTS_MAX + " requests, this one has " + requests.size()
                            + "; create them in several calls",
                    Map.of("field", "requests", "requests_max", REQUESTS_MAX));
        }
        if (requests.size() == 1) {
            checkOne(template, requests.getFirst());
            return;
        }
        for (int index = 0; index < requests.size(); index++) {
            TaskRequest request = requests.get(index);
            atIndex(index, () -> {
                checkOne(template, request);
                return true;
            });
        }
    }

    private void checkOne(Template template, TaskRequest request) {
        request.requireContextWithin(surroundings.contextBytesMax());
        check.check(template, request);
        surroundings.hooks().check(template, request);
    }

    private static <T> T atIndex(int index, Supplier<T> part) {
        try {
            return part.get();
        } catch (InvalidRequestException problem) {
            Map<String, Object> details = new LinkedHashMap<>(problem.details());
            details.put("index", index);
            throw new InvalidRequestException(
                    problem.code(),
                    "request " + index + ": " + problem.getMessage() + "\nnothing was created",
                    details,
                    problem);
        }
    }

    private List<CreatedTask> store(RegisteredTemplate template, List<TaskRequest> requests, Duplicates duplicates) {
        surroundings.admission().accept(requests.size());
        List<StepAdjustments> adjustments = adjustments(template.template(), requests);
        boolean asksTime = requests.stream()
                .anyMatch(request -> request.requestedAt().isEmpty()
                        && identities.choose(template.template(), request).usesTime());
        Instant now = asksTime ? tasks.now() : Instant.EPOCH;
        List<NewTask> batch = new ArrayList<>();
        for (int index = 0; index < requests.size(); index++) {
            batch.add(newTask(template, requests.get(index), now, adjustments.get(index)));
        }
        return batch.size() == 1 && duplicates == Duplicates.REFUSE
                ? List.of(grouped.create(batch.getFirst()))
                : storeAndStart(batch, duplicates);
    }

    private List<CreatedTask> storeAndStart(List<NewTask> batch, Duplicates duplicates) {
        return surroundings
                .firstSteps()
                .create(
                        batch.size(),
                        claims -> tasks.create(batch, duplicates, claims),
                        created -> tell(batch, created));
    }

    private void tell(List<NewTask> batch, List<CreatedTask> created) {
        for (int index = 0; index < batch.size(); index++) {
            NewTask task = batch.get(index);
            surroundings
                    .onCreated()
                    .accept(new Created(task.template().template(), task.request(), created.get(index)));
        }
    }

    private List<StepAdjustments> adjustments(Template template, List<TaskRequest> requests) {
        if (requests.size() == 1) {
            return List.of(surroundings.hooks().adjust(template, requests.getFirst()));
        }
        List<StepAdjustments> adjustments = new ArrayList<>();
        for (int index = 0; index < requests.size(); index++) {
            TaskRequest request = requests.get(index);
            adjustments.add(atIndex(index, () -> surroundings.hooks().adjust(template, request)));
        }
        return adjustments;
    }

    /// The time that goes into the identity is the one that is stored.
    private NewTask newTask(
            RegisteredTemplate template, TaskRequest request, Instant now, StepAdjustments adjustments) {
        boolean isTimed = request.requestedAt().isEmpty()
                && identities.choose(template.template(), request).usesTime();
        TaskRequest timed = isTimed ? request.withRequestedAt(now) : request;
        Instant requestedAt = timed.requestedAt().orElse(now);
        return new NewTask(
                template,
                timed,
                identities.identityHash(template.template(), timed, requestedAt),
                adjustments.bypassing(template.template(), timed.bypassSteps()));
    }
}
