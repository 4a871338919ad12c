package dev.tasker.runtime;

import dev.tasker.archive.Archiver;
import dev.tasker.event.EventPublisher;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.StepHandler;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.operation.Operations;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.readiness.WaitReason;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.reenqueue.TaskQueue;
import dev.tasker.reenqueue.TaskQueues;
import dev.tasker.registry.Registries;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.AnnotationStore;
import dev.tasker.store.ArchiveStore;
import dev.tasker.store.NamespaceStore;
import dev.tasker.store.Queries;
import dev.tasker.store.SystemStore;
import dev.tasker.store.TemplateStore.Registration;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// An engine: creates tasks, and runs those steps whose handlers it has loaded.
///
/// Several engines, in one or many processes, may work on one database. Safe from any thread. Open it, load the
/// handlers of templates, [#start] it, and close it in the end: then running handlers get time to finish, and what
/// does not is given back.
public final class Tasker implements AutoCloseable {
    private final EngineParts parts;

    Tasker(DataSource dataSource, TaskerConfig config, Clock clock, Collection<HandlerHost> guests, TaskQueues queues) {
        this.parts = new EngineParts(dataSource, config, clock, guests, queues);
    }

    /// Opens an engine on a migrated database.
    ///
    /// @param guests the hosts of other languages; the engine closes them
    public static Tasker open(DataSource dataSource, TaskerConfig config, Collection<HandlerHost> guests) {
        return open(dataSource, config, guests, List.of());
    }

    /// The same with queues of the application, which run the tasks that name them.
    ///
    /// From now on, and without [#start], the engine hands tasks to these queues.
    ///
    /// @throws IllegalArgumentException two queues with one name
    public static Tasker open(
            DataSource dataSource,
            TaskerConfig config,
            Collection<HandlerHost> guests,
            Collection<? extends TaskQueue> queues) {
        return new Tasker(dataSource, config, Clock.systemUTC(), guests, new TaskQueues(queues));
    }

    /// What this engine commits, published after the commit.
    public EventPublisher events() {
        return parts.events;
    }

    /// What operators do to tasks and steps.
    public Operations operations() {
        return parts.operations;
    }

    /// Who listens to this engine, and all events that there are.
    public Subscribers subscribers() {
        return parts.subscribers;
    }

    /// What this engine has loaded.
    public Registries registries() {
        return parts.registries;
    }

    /// Registers a handler that is made by a function of its `handler_config`; its key is `java:<handlerClass>`.
    public void register(String handlerClass, Function<Map<String, @Nullable Object>, StepHandler> constructor) {
        register(JavaHandlerFactory.of(handlerClass, constructor));
    }

    /// Registers a Java handler that was found by other means than its template.
    public void register(JavaHandlerFactory factory) {
        parts.handlers.add(factory);
        parts.announce();
    }

    /// Loads the handlers of a template that this engine can host. Handlers of one language load one after another;
    /// call this from several threads to start several languages side by side.
    ///
    /// @param runtimes the languages to load
    /// @throws dev.tasker.error.HandlerLoadException a handler that cannot be loaded
    public void loadHandlers(Template template, Set<HandlerRuntime> runtimes) {
        parts.handlers.load(template, runtimes);
        parts.announce();
    }

    /// Loads one handler, whatever templates name it.
    ///
    /// @throws dev.tasker.error.HandlerLoadException it cannot be loaded
    public void loadHandler(HandlerSource source) {
        parts.handlers.load(source);
        parts.announce();
    }

    /// Stops serving a handler; steps that run go on.
    public void withdraw(HandlerKey key) {
        parts.handlers.withdraw(key);
        parts.scheduler.stopServing(key);
        parts.announce();
    }

    /// Stores a template, with what loaded handlers declare where it is silent. The same content changes nothing.
    ///
    /// @throws dev.tasker.error.InvalidRequestException EVENT_INVALID: a custom event with a reserved name
    public Registration register(Template template) {
        parts.subscribers.declare(template);
        return parts.register(template);
    }

    /// Finds a registered template.
    public RegisteredTemplate template(TemplateReference reference) {
        return parts.templates.find(reference);
    }

    /// All registered templates.
    public List<RegisteredTemplate> templates() {
        return parts.templates.list();
    }

    /// Checks a request and stores its task with all steps, in one transaction; see [TaskCreation#create].
    public TaskId create(RegisteredTemplate template, TaskRequest request) {
        return parts.creation.create(template, request);
    }

    /// Stores the tasks of up to 1,000 requests, all or none, in one round trip; see [TaskCreation#create].
    public List<TaskId> create(RegisteredTemplate template, List<TaskRequest> requests) {
        return parts.creation.create(template, requests, Duplicates.REFUSE).stream()
                .map(CreatedTask::id)
                .toList();
    }

    /// Creation with more choices, and how tasks are told apart.
    public TaskCreation creation() {
        return parts.creation;
    }

    /// Notes on tasks.
    public AnnotationStore annotations() {
        return new AnnotationStore(parts.database);
    }

    /// Dependent systems, and which record of one is which of another.
    public SystemStore systems() {
        return new SystemStore(parts.database);
    }

    /// Namespaces of templates.
    public NamespaceStore namespaces() {
        return new NamespaceStore(parts.database);
    }

    /// Starts to claim and run steps of every task that names no enqueuer.
    public void start() {
        parts.takePart();
        parts.scheduler.startClaiming();
    }

    /// Runs one task: those of its steps that this engine has handlers for, until nothing more of it can run
    /// here now. The body of a job of the application's queue; needs no [#start].
    ///
    /// Blocks while steps run. Where there is more to do later, the task's queue was given it again. A second
    /// job for the task, here or elsewhere, finds nothing to do.
    ///
    /// @throws InterruptedException stopped while it waited; steps that run go on, with their outcomes recorded
    /// @throws dev.tasker.error.NotFoundException TASK_NOT_FOUND
    public JobVerdict runTask(TaskId task) throws InterruptedException {
        parts.takePart();
        return parts.exchange.run(task);
    }

    /// A task with its steps and its audit trail.
    public TaskSnapshot task(TaskId task) {
        return parts.tasks.snapshot(task);
    }

    /// The state of a task.
    public TaskState state(TaskId task) {
        return parts.tasks.state(task);
    }

    /// Tasks, newest first; see [TaskStore#list].
    public List<TaskSnapshot.Summary> tasks(Optional<TaskState> state, Optional<TaskId> before, int limit) {
        return parts.tasks.list(state, before, limit);
    }

    /// Finds tasks, steps and transitions, and tells where tasks stand.
    public Queries queries() {
        return new Queries(parts.database);
    }

    /// Moves tasks that ended long ago out of the live tables.
    public Archiver archiver() {
        return new Archiver(new ArchiveStore(parts.database), Thread::sleep);
    }

    /// Where a task stands; empty for an unknown task.
    public Optional<TaskExecutionContext> executionContext(TaskId task) {
        return parts.readiness.context(task);
    }

    /// Whether the steps of a task may run.
    public List<StepReadiness> stepReadiness(TaskId task) {
        return parts.readiness.steps(task);
    }

    /// Why a step is not running: every reason that holds now.
    ///
    /// @throws dev.tasker.error.NotFoundException STEP_NOT_FOUND
    public List<WaitReason> whyWaits(StepId step) {
        return parts.readiness.whyWaits(step);
    }

    /// Waits until a task has ended, whoever runs its steps.
    ///
    /// @return its state at the end, or its state after `limit`
    public TaskState awaitEnd(TaskId task, Duration limit) throws InterruptedException {
        return new TaskWatch(this, task).await(limit, parts.config.pollInterval());
    }

    /// What the class of a loaded handler declares.
    public HandlerDeclaration declaration(HandlerKey handler) {
        return parts.handlers.declarations().of(handler);
    }

    /// The handlers that this engine has loaded.
    public Set<HandlerKey> handlers() {
        return parts.handlers.keys();
    }

    /// Begins no more steps; those that run go on. The counterpart of [#start], for a host that has to know
    /// before the engine closes.
    public void stopClaiming() {
        parts.stopClaiming();
    }

    /// Stops claiming, waits for running handlers up to the shutdown timeout, gives the rest back, and closes the
    /// hosts.
    @Override
    public void close() {
        close(parts.config.shutdownTimeout());
    }

    /// The same with another limit for running handlers.
    public void close(Duration shutdownTimeout) {
        parts.close(shutdownTimeout);
    }
}
