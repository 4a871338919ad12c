package dev.tasker.benchmarks.system;

import com.zaxxer.hikari.HikariDataSource;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.StepOptions;
import dev.dbos.transact.workflow.Workflow;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.server.benchmark.NoOp;
import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.WorkflowSystem;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// DBOS Java: one workflow function per task, called directly, the fastest way that it has (a queue would poll).
///
/// Each step is checkpointed when it is done, in the order of the shape: its steps have to begin in the same order in
/// each run, so branches follow each other. A workflow per branch would cost several statements more.
final class DbosSystem implements WorkflowSystem {
    private static final int ATTEMPTS_MAX = 3;
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(1);

    private final DBOS dbos;
    private final HikariDataSource pool;
    private final TaskWorkflow workflow;

    private DbosSystem(DBOS dbos, HikariDataSource pool, TaskWorkflow workflow) {
        this.dbos = dbos;
        this.pool = pool;
        this.workflow = workflow;
    }

    static WorkflowSystem start(DatabaseAddress database, Work work) {
        HikariDataSource pool = Pool.open(database);
        DBOS dbos = new DBOS(DBOSConfig.defaults("benchmark").withDataSource(pool));
        TaskWorkflow workflow = dbos.registerProxy(TaskWorkflow.class, new Steps(dbos, work));
        dbos.launch();
        return new DbosSystem(dbos, pool, workflow);
    }

    @Override
    public void run(long number) {
        workflow.run(number);
    }

    @Override
    public void close() {
        try (pool) {
            dbos.shutdown();
        }
    }

    /// What DBOS makes durable. Public, as its proxy needs it.
    public interface TaskWorkflow {
        String run(long number);
    }

    /// The steps of one task.
    static final class Steps implements TaskWorkflow {
        private final DBOS dbos;
        private final Work work;

        Steps(DBOS dbos, Work work) {
            this.dbos = dbos;
            this.work = work;
        }

        @Override
        @Workflow(name = "task")
        public String run(long number) {
            for (int step = 0; step < work.shape().size(); step++) {
                Map<String, String> _ = runStep(number, step);
            }
            return NoOp.RESULT_JSON;
        }

        private Map<String, String> runStep(long number, int step) {
            AtomicBoolean fails = new AtomicBoolean(work.workload().failsAtFirst(number, step));
            return dbos.<Map<String, String>, RuntimeException>runStep(
                    () -> {
                        if (fails.getAndSet(false)) {
                            throw new IllegalStateException("fails at first");
                        }
                        return NoOp.RESULT;
                    },
                    options(step));
        }

        private StepOptions options(int step) {
            StepOptions options = new StepOptions(WorkflowShape.stepName(step));
            return work.workload().failurePercent() == 0
                    ? options
                    : options.withMaxAttempts(ATTEMPTS_MAX)
                            .withRetryInterval(RETRY_INTERVAL)
                            .withBackoffRate(1);
        }
    }
}
