package dev.tasker.runtime;

import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.InDatabaseQueue;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.reenqueue.ReenqueueListener;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.reenqueue.TaskQueues;
import dev.tasker.store.Database;
import dev.tasker.store.EnqueueStore;
import dev.tasker.store.LoadStore;
import dev.tasker.store.WorkSignals;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;

/// How an engine and others come by work: queues that run its tasks, jobs that they send, and wake-ups
/// between processes. Safe from any thread.
final class WorkExchange {
    private static final Duration JOBS_END_MAX = Duration.ofSeconds(5);

    private final TaskQueues queues;
    private final InDatabaseQueue database;
    private final InDatabaseQueue ofNewTasks;
    private final Handover handover;
    private final TaskJobs running;
    private final Jobs jobs;
    private final EnqueueSweep sweep;
    private final WakeUps wakeUps;
    private final SignalListener listener;
    private final ScheduledExecutorService timer;
    private final Backlog backlog;
    private final ConcurrencyControl concurrency;

    /// @param renewLeases finds claims that were taken away; must not block
    WorkExchange(TaskerConfig config, Store store, TaskQueues queues, InMemory memory, Runnable renewLeases) {
        this.queues = queues;
        this.timer = memory.timer();
        this.handover = new Handover(store.handovers(), config.pacing().refusedPause());
        OutcomeQueue outcomes = memory.outcomes();
        this.database = new InDatabaseQueue(outcomes::wakeAfter);
        // Whoever has stored them knows where their steps are.
        this.ofNewTasks = new InDatabaseQueue(_ -> outcomes.wakeForRest());
        EnqueueStore schedule =
                new EnqueueStore(store.database(), config.pacing().enqueueRepeat());
        WorkSignals signals = new WorkSignals(store.database(), store.dataSource());
        LoadStore load = new LoadStore(store.database(), store.dataSource());
        this.backlog = new Backlog(config.pacing().backlogTasksMax(), load::unfinishedTasks, System::nanoTime);
        this.concurrency = new ConcurrencyControl(config.pacing(), load::load, load::pool, System::nanoTime);
        this.running = new TaskJobs(outcomes, memory.attempts());
        this.jobs = new Jobs(queues, database, schedule, handover, running);
        this.sweep = new EnqueueSweep(queues, schedule, handover, timer);
        this.wakeUps = new WakeUps(config.worker(), signals, timer);
        this.listener = new SignalListener(signals, config.worker(), outcomes::wake, renewLeases);
    }

    /// What the scheduler has to mind.
    ///
    /// @param events  told of each wave before any other process
    /// @param unheard told of waves whose answers were lost
    Scheduler.Surroundings surroundings(WaveEvents events, UnheardWaves unheard) {
        return new Scheduler.Surroundings(events, unheard, wakeUps::after, running, concurrency);
    }

    /// Lets a caller create tasks; see [Backlog#admit].
    void admit(int tasks) {
        backlog.admit(tasks);
    }

    /// Runs one task; see [Tasker#runTask].
    JobVerdict run(TaskId task) throws InterruptedException {
        return jobs.run(task);
    }

    /// A task was stored. One that has started needs nobody.
    void created(TaskCreation.Created created) {
        if (created.task().created() && !created.task().started()) {
            created(created.task().id(), created.request().enqueuer());
        }
    }

    private void created(TaskId task, Optional<String> enqueuer) {
        if (enqueuer.isEmpty()) {
            handover.give(ofNewTasks, task, Duration.ZERO, ReenqueueReason.READY_FOR_PROCESSING);
            wakeUps.workReady();
        } else if (queues.find(enqueuer.get()).isPresent()) {
            sweep.soon();
        }
    }

    void startSweep() {
        sweep.start();
    }

    void startListening() {
        listener.start();
    }

    /// Takes no more jobs; those that run end with their steps.
    void stop() {
        sweep.stop();
        running.stop();
    }

    /// To be called when all steps have ended or were given back.
    void close() {
        running.close(JOBS_END_MAX);
        wakeUps.flush();
        listener.stop();
        EngineParts.end(timer);
    }

    /// Where the engine keeps its work.
    ///
    /// @param handovers told of tasks that are handed to their queues
    record Store(Database database, DataSource dataSource, ReenqueueListener handovers) {}

    /// What the engine is at.
    ///
    /// @param timer for calls that may block, of which none keeps a lease alive
    record InMemory(OutcomeQueue outcomes, Attempts attempts, ScheduledExecutorService timer) {}
}
