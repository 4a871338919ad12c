package dev.tasker.runtime;

import dev.tasker.event.EventPublisher;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.identity.HandlerKey;
import dev.tasker.operation.Operations;
import dev.tasker.reenqueue.TaskQueues;
import dev.tasker.registry.Registries;
import dev.tasker.store.AnnotationStore;
import dev.tasker.store.CheckpointStore;
import dev.tasker.store.ClaimedSteps;
import dev.tasker.store.Database;
import dev.tasker.store.OperationStore;
import dev.tasker.store.ReadinessStore;
import dev.tasker.store.TaskStore;
import dev.tasker.store.TemplateStore;
import dev.tasker.store.TemplateStore.Registration;
import dev.tasker.store.WaveStore;
import dev.tasker.store.WorkerStore;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/// The parts of one engine, wired together, and its presence among the workers: when it takes part, and how it leaves.
///
/// [Tasker] is what callers see of it. Safe from any thread.
final class EngineParts {
    /// What the upkeep of an engine that closes may take.
    private static final Duration TIMER_END_MAX = Duration.ofSeconds(2);

    final TaskerConfig config;
    final Database database;
    final LoadedHandlers handlers;
    final TemplateStore templates;
    final TaskStore tasks;
    final ReadinessStore readiness;
    final EventPublisher events;
    final Registries registries;
    final Subscribers subscribers;
    final TaskCreation creation;
    final Operations operations;
    final Scheduler scheduler;
    final WorkExchange exchange;
    private final WorkerStore workers;
    private final AnnotationKeeper annotations;
    private final OutcomeQueue queue = new OutcomeQueue();
    private final ScheduledExecutorService timer = timer("tasker-lease-", 2);
    private final ScheduledExecutorService deliveries = timer("tasker-delivery-", 1);
    /// Timeouts strike whatever the database does.
    private final ScheduledExecutorService timeouts = timer("tasker-timeout-", 1);
    private final Attempts attempts;
    private final LeaseKeeper leases;
    private boolean running;
    private boolean closed;

    EngineParts(
            DataSource dataSource,
            TaskerConfig config,
            Clock clock,
            Collection<HandlerHost> guests,
            TaskQueues queues) {
        this.config = config;
        this.events = new EventPublisher(
                clock, delivery -> Thread.ofVirtual().name("tasker-subscriber").start(delivery));
        this.registries = new Registries(events);
        this.database = new Database(dataSource);
        this.templates = new TemplateStore(database);
        ClaimedSteps claimedSteps = new ClaimedSteps(database, config.backoff().steps());
        this.tasks = new TaskStore(database, claimedSteps);
        this.readiness = new ReadinessStore(database);
        this.workers = new WorkerStore(database);
        this.handlers = new LoadedHandlers(config.javaSlots(), guests, registries.handlers());
        this.attempts = attempts(clock);
        WaveEvents waveEvents = new WaveEvents(events, attempts::takeEvents);
        this.operations = new Operations(
                new OperationStore(database),
                new OperatorChanges(events, tasks::template, attempts, queue, waveEvents::forget),
                config.resultBytesMax());
        WaveStore waves = new WaveStore(database, claimedSteps);
        DeadlineKeeper deadlines = new DeadlineKeeper(waves, attempts, events, tasks::template);
        this.leases = new LeaseKeeper(config, waves, attempts, queue, waveEvents, deadlines);
        this.exchange = exchange(dataSource, queues);
        this.scheduler = new Scheduler(
                config,
                waves,
                queue,
                attempts,
                exchange.surroundings(waveEvents, new UnheardWaves(waves::committed, waveEvents)));
        TaskHooks hooks = new TaskHooks(handlers);
        this.creation = creation(hooks);
        this.annotations = new AnnotationKeeper(
                handlers, hooks, new AnnotationKeeper.Stores(tasks, templates, new AnnotationStore(database)));
        this.subscribers = new Subscribers(
                events, database, new Subscribers.Known(registries.subscribers(), handlers), config, deliveries);
        if (!queues.isEmpty()) {
            // Also an engine that never runs a step finds the tasks whose job was lost with its process.
            leases.start(timer);
            exchange.startSweep();
        }
    }

    private Attempts attempts(Clock clock) {
        ResultEncoder encoder = new ResultEncoder(
                config,
                () -> ThreadLocalRandom.current().nextDouble(),
                () -> clock.instant().toString());
        return new Attempts(
                handlers.hosts(),
                handlers.declarations(),
                timeouts,
                encoder,
                new Attempts.Stored(tasks::ancestors, new CheckpointStore(database)),
                queue::add);
    }

    private WorkExchange exchange(DataSource dataSource, TaskQueues queues) {
        return new WorkExchange(
                config,
                new WorkExchange.Store(database, dataSource, new ReenqueueEvents(events, tasks::template)),
                queues,
                new WorkExchange.InMemory(queue, attempts, timer("tasker-exchange-", 2)),
                () -> leases.renewSoon(timer));
    }

    private TaskCreation creation(TaskHooks hooks) {
        return new TaskCreation(
                tasks,
                new TaskCreation.Surroundings(
                        config.contextBytesMax(),
                        new HookedCreation(hooks, config.contextBytesMax()),
                        exchange::admit,
                        new CreationEvents(events, tasks).andThen(exchange::created),
                        scheduler::create));
    }

    /// Keeps leases, sweeps and listens from now on; a second call does nothing.
    synchronized void takePart() {
        if (closed) {
            throw new IllegalStateException("this engine is closed");
        }
        if (!running) {
            workers.preparePartitions();
            running = true;
            try {
                announce();
            } catch (RuntimeException problem) {
                running = false;
                throw problem;
            }
            leases.start(timer);
            annotations.start();
            exchange.startListening();
        }
    }

    /// Begins no more steps.
    void stopClaiming() {
        exchange.stop();
        scheduler.stopClaiming();
    }

    /// Stops claiming, waits for running handlers up to the limit, gives the rest back, and closes the hosts.
    void close(Duration shutdownTimeout) {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        exchange.stop();
        annotations.close();
        Shutdown.run(shutdownTimeout, scheduler, attempts, leases);
        exchange.close();
        // Subscribers may be guests of the hosts.
        subscribers.close();
        handlers.close();
        end(timer);
        end(timeouts);
        end(deliveries);
        if (running) {
            Shutdown.sayGoodbye(workers, config.worker());
        }
    }

    static ScheduledThreadPoolExecutor timer(String name, int threads) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                threads, Thread.ofPlatform().name(name, 0).daemon().factory());
        // The timeout of a step that has ended would be kept until its time has come.
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return timer;
    }

    /// Begins nothing more and lets what runs end: its connections are about to be closed.
    static void end(ScheduledExecutorService timer) {
        timer.shutdown();
        try {
            if (timer.awaitTermination(TIMER_END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        timer.shutdownNow();
    }

    /// Tells other processes, and the own scheduler, which handlers are loaded.
    synchronized void announce() {
        scheduler.serve(handlers.keys());
        if (running && !closed) {
            workers.register(new WorkerStore.Announcement(
                    config.worker(),
                    handlers.keys(),
                    handlers.slots(),
                    HostName.get(),
                    ProcessHandle.current().pid(),
                    Version.CURRENT));
            applyFreshDeclarations();
        }
    }

    /// Stores a template, with what the loaded handlers declare where it is silent.
    Registration register(Template template) {
        Registration registration = templates.register(template);
        Set<HandlerKey> keys =
                template.steps().stream().map(StepTemplate::handlerKey).collect(Collectors.toSet());
        apply(handlers.declarations().of(keys));
        return registration;
    }

    private void applyFreshDeclarations() {
        Map<HandlerKey, HandlerDeclaration> fresh = handlers.declarations().takeFresh();
        try {
            apply(fresh);
        } catch (RuntimeException problem) {
            handlers.declarations().giveBack(fresh.keySet());
            throw problem;
        }
    }

    private void apply(Map<HandlerKey, HandlerDeclaration> declarations) {
        if (!declarations.isEmpty()) {
            templates.applyDeclarations(declarations);
        }
    }
}
