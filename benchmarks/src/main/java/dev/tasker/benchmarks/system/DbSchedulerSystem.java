package dev.tasker.benchmarks.system;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.SchedulableInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.WorkflowSystem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// db-scheduler, set up for throughput: lock-and-fetch polling, immediate execution, threads and fractions as in its
/// own benchmark.
///
/// It knows single executions only, so the handler does the rest: it inserts the step's result, and its execution is
/// replaced by the next step's (one UPDATE). Where branches meet, the result's transaction counts down what the join
/// waits for, and the last one schedules it.
final class DbSchedulerSystem implements WorkflowSystem {
    private static final int THREADS = 50;
    private static final double LOWER_LIMIT = 0.5;
    private static final double UPPER_LIMIT = 4.0;
    private static final Duration POLLING_INTERVAL = Duration.ofMillis(100);

    private final HikariDataSource pool;
    private final WorkflowShape shape;
    private final Work work;
    private final ResultTable results;
    private final List<CustomTask<Void>> steps;
    private final Scheduler scheduler;
    private final ConcurrentMap<String, CompletableFuture<@Nullable Void>> ends = new ConcurrentHashMap<>();

    private DbSchedulerSystem(HikariDataSource pool, Work work) {
        this.pool = pool;
        this.work = work;
        this.shape = work.shape();
        this.results = new ResultTable(pool, shape);
        this.steps = IntStream.range(0, shape.size()).mapToObj(this::task).toList();
        this.scheduler = Scheduler.create(pool, List.copyOf(steps))
                .threads(THREADS)
                .pollUsingLockAndFetch(LOWER_LIMIT, UPPER_LIMIT)
                .pollingInterval(POLLING_INTERVAL)
                .enableImmediateExecution()
                .failureLogging(LogLevel.OFF, false)
                .shutdownMaxWait(Duration.ofSeconds(1))
                .build();
    }

    static WorkflowSystem start(DatabaseAddress database, Work work) {
        HikariDataSource pool = Pool.open(database);
        ResultTable.createTables(pool);
        DbSchedulerSystem system = new DbSchedulerSystem(pool, work);
        system.scheduler.start();
        return system;
    }

    @Override
    public void run(long number) throws InterruptedException {
        String id = String.valueOf(number);
        CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
        ends.put(id, end);
        results.begin(number);
        scheduler.scheduleIfNotExists(instance(0, id), Instant.now());
        try {
            end.get();
        } catch (ExecutionException problem) {
            throw new IllegalStateException("task " + number + " failed", problem.getCause());
        }
    }

    @Override
    public void close() {
        try (pool) {
            scheduler.stop();
        }
    }

    private CustomTask<Void> task(int step) {
        return Tasks.custom(WorkflowShape.stepName(step), Void.class)
                .onFailure((complete, operations) -> operations.reschedule(complete, Instant.now()))
                .execute((instance, context) -> execute(step, instance, context));
    }

    private CompletionHandler<Void> execute(int step, TaskInstance<Void> instance, ExecutionContext context) {
        long number = Long.parseLong(instance.getId());
        if (context.getExecution().consecutiveFailures == 0 && work.workload().failsAtFirst(number, step)) {
            throw new IllegalStateException("fails at first");
        }
        List<Integer> next = results.record(number, step);
        if (next.size() == 1) {
            return new CompletionHandler.OnCompleteReplace<>(
                    (TaskInstance<Void> _) -> schedulable(next.getFirst(), instance.getId()));
        }
        return (_, operations) -> {
            if (!next.isEmpty()) {
                scheduler.scheduleBatch(next.stream()
                        .<SchedulableInstance<?>>map(child -> schedulable(child, instance.getId()))
                        .toList());
            }
            // After the next ones: a crash in between runs this step again, and loses nothing.
            operations.remove();
            if (step == shape.size() - 1) {
                end(instance.getId());
            }
        };
    }

    private void end(String id) {
        CompletableFuture<@Nullable Void> end = ends.remove(id);
        if (end != null) {
            end.complete(null);
        }
    }

    private SchedulableInstance<Void> schedulable(int step, String id) {
        return SchedulableInstance.of(instance(step, id), Instant.now());
    }

    private TaskInstance<Void> instance(int step, String id) {
        return steps.get(step).instance(id);
    }
}
