package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.event.EventPublisher;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.StepHandler;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.readiness.StepReadiness;
import dev.tasker.readiness.TaskExecutionContext;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.Database;
import dev.tasker.store.ReadinessStore;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.store.TemplateStore.Registration;
import dev.tasker.store.WaveStore;
import dev.tasker.store.WorkerStore;
import dev.tasker.task.NewTask;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// An engine: creates tasks, and runs those steps whose handlers it has loaded.
///
/// Several engines, in one or many processes, may work on one database. Safe from any thread. Open it, load the
/// handlers of templates, [#start] it, and close it in the end: then running handlers get time to finish, and what
/// does not is given back.
public final class Tasker implements AutoCloseable {
    private final TaskerConfig config;
    private final Map<HandlerRuntime, HandlerHost> hosts = new EnumMap<>(HandlerRuntime.class);
    private final JavaHandlerHost javaHost;
    private final TemplateStore templates;
    private final TaskStore tasks;
    private final ReadinessStore readiness;
    private final WorkerStore workers;
    private final EventPublisher events = new EventPublisher();
    private final OutcomeQueue queue = new OutcomeQueue();
    private final ScheduledExecutorService timer = timer("tasker-lease-", 2);
    /// Timeouts strike whatever the database does.
    private final ScheduledExecutorService timeouts = timer("tasker-timeout-", 1);
    private final Attempts attempts;
    private final Scheduler scheduler;
    private final LeaseKeeper leases;
    private final Set<HandlerKey> loaded = ConcurrentHashMap.newKeySet();
    private final Map<String, Optional<ContextSchema>> schemas = new ConcurrentHashMap<>();
    private boolean started;
    private boolean closed;

    private Tasker(DataSource dataSource, TaskerConfig config, Clock clock, Collection<HandlerHost> guests) {
        this.config = config;
        Database database = new Database(dataSource);
        this.templates = new TemplateStore(database);
        this.tasks = new TaskStore(database);
        this.readiness = new ReadinessStore(database);
        this.workers = new WorkerStore(database);
        this.javaHost = new JavaHandlerHost(config.javaSlots());
        hosts.put(HandlerRuntime.JAVA, javaHost);
        guests.forEach(host -> hosts.put(host.runtime(), host));
        WaveStore waves = new WaveStore(database, config.backoff().steps());
        ResultEncoder encoder = new ResultEncoder(
                config,
                () -> ThreadLocalRandom.current().nextDouble(),
                () -> clock.instant().toString());
        this.attempts = new Attempts(hosts, timeouts, encoder, tasks::ancestors, queue::add);
        this.scheduler = new Scheduler(config, waves, queue, attempts, new WaveEvents(events));
        this.leases = new LeaseKeeper(config, waves, attempts, queue);
    }

    /// Opens an engine on a migrated database.
    ///
    /// @param guests the hosts of other languages; the engine closes them
    public static Tasker open(DataSource dataSource, TaskerConfig config, Collection<HandlerHost> guests) {
        return new Tasker(dataSource, config, Clock.systemUTC(), guests);
    }

    /// What this engine commits, published after the commit.
    public EventPublisher events() {
        return events;
    }

    /// Registers a handler that is made by a function of its `handler_config`; its key is `java:<handlerClass>`.
    public void register(String handlerClass, Function<Map<String, @Nullable Object>, StepHandler> constructor) {
        register(JavaHandlerFactory.of(handlerClass, constructor));
    }

    /// Registers a Java handler that was found by other means than its template.
    public void register(JavaHandlerFactory factory) {
        javaHost.add(factory);
        loaded.add(factory.source().key());
        announce();
    }

    /// Loads the handlers of a template that this engine can host. Handlers of one language load one after another;
    /// call this from several threads to start several languages side by side.
    ///
    /// @param runtimes the languages to load
    /// @throws HandlerLoadException a handler that cannot be loaded
    public void loadHandlers(Template template, Set<HandlerRuntime> runtimes) {
        for (StepTemplate step : template.steps()) {
            HandlerKey key = step.handlerKey();
            if (runtimes.contains(key.runtime()) && !isRegistered(template, step)) {
                host(key).load(new HandlerSource(key, template.handlerPath(step).orElse(null)));
                loaded.add(key);
            }
        }
        announce();
    }

    /// Stops serving a handler; steps that run go on.
    public void withdraw(HandlerKey key) {
        loaded.remove(key);
        scheduler.stopServing(key);
        announce();
    }

    /// Stores a template; the same content again changes nothing.
    public Registration register(Template template) {
        return templates.register(template);
    }

    /// Finds a registered template.
    public RegisteredTemplate template(TemplateReference reference) {
        return templates.find(reference);
    }

    /// All registered templates.
    public List<RegisteredTemplate> templates() {
        return templates.list();
    }

    /// Checks a request and stores its task with all steps, in one transaction.
    ///
    /// @throws dev.tasker.error.InvalidRequestException the context does not fit the template's schema, with
    ///     every violation; or a step to bypass is not skippable
    public TaskId create(RegisteredTemplate template, TaskRequest request) {
        request.requireContextWithin(config.contextBytesMax());
        schemas.computeIfAbsent(
                        template.template().contentHash(),
                        _ -> template.template().schema().map(ContextSchema::new))
                .ifPresent(schema -> schema.check(
                        request.context(), template.template().key().toString()));
        NewTask task = NewTask.of(template.namedTaskId(), template.template(), request);
        TaskId id = tasks.create(List.of(task)).getFirst();
        queue.wake();
        return id;
    }

    /// Starts to claim and run steps.
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException("this engine is closed");
        }
        if (started) {
            return;
        }
        started = true;
        workers.preparePartitions();
        announce();
        leases.start(timer);
        scheduler.startClaiming();
    }

    /// A task with its steps and its audit trail.
    public TaskSnapshot task(TaskId task) {
        return tasks.snapshot(task);
    }

    /// The state of a task.
    public TaskState state(TaskId task) {
        return tasks.state(task);
    }

    /// Tasks, newest first; see [TaskStore#list].
    public List<TaskSnapshot.Summary> tasks(Optional<TaskState> state, Optional<TaskId> before, int limit) {
        return tasks.list(state, before, limit);
    }

    /// Where a task stands; empty for an unknown task.
    public Optional<TaskExecutionContext> executionContext(TaskId task) {
        return readiness.context(task);
    }

    /// Whether the steps of a task may run.
    public List<StepReadiness> stepReadiness(TaskId task) {
        return readiness.steps(task);
    }

    /// Waits until a task has ended, whoever runs its steps.
    ///
    /// @return its state at the end, or its state after `limit`
    public TaskState awaitEnd(TaskId task, Duration limit) throws InterruptedException {
        return new TaskWatch(this, task).await(limit, config.pollInterval());
    }

    /// The handlers that this engine has loaded.
    public Set<HandlerKey> handlers() {
        return Set.copyOf(loaded);
    }

    /// Stops claiming, waits for running handlers up to the shutdown timeout, gives the rest back, and closes the
    /// hosts.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Shutdown.run(config, scheduler, attempts, leases, hosts.values());
        timer.shutdownNow();
        timeouts.shutdownNow();
        if (started) {
            workers.stop(config.worker());
        }
    }

    private static ScheduledExecutorService timer(String name, int threads) {
        return Executors.newScheduledThreadPool(
                threads, Thread.ofPlatform().name(name, 0).daemon().factory());
    }

    private boolean isRegistered(Template template, StepTemplate step) {
        return step.handlerKey().runtime() == HandlerRuntime.JAVA
                && template.handlerPath(step).isEmpty()
                && loaded.contains(step.handlerKey());
    }

    private HandlerHost host(HandlerKey key) {
        HandlerHost host = hosts.get(key.runtime());
        if (host == null) {
            throw new HandlerLoadException(
                    ErrorCode.RUNTIME_UNAVAILABLE,
                    "this process has no host for " + key.runtime().key() + ", which handler " + key + " needs",
                    Map.of("handler", key.toString()));
        }
        return host;
    }

    private synchronized void announce() {
        scheduler.serve(Set.copyOf(loaded));
        if (started && !closed) {
            Map<HandlerRuntime, Integer> slots = new EnumMap<>(HandlerRuntime.class);
            hosts.forEach((runtime, host) -> slots.put(runtime, host.slots()));
            workers.register(new WorkerStore.Announcement(
                    config.worker(),
                    Set.copyOf(loaded),
                    slots,
                    HostName.get(),
                    ProcessHandle.current().pid(),
                    Version.CURRENT));
        }
    }
}
