package dev.tasker.benchmarks.targets;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.process.ChildMain;
import dev.tasker.benchmarks.system.TaskerSetup;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.LatencyStatistics;
import dev.tasker.server.benchmark.TaskerSystem;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.task.RegisteredTemplate;
import java.util.List;
import java.util.stream.LongStream;

/// The process that creates tasks, which nothing runs meanwhile, and then sends waves for them.
public final class CreationMain {
    private static final int BATCH = 1_000;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Tasker tasker;
    private final RegisteredTemplate template;
    private long number;

    private CreationMain(Tasker tasker, RegisteredTemplate template) {
        this.tasker = tasker;
        this.template = template;
    }

    public static void main(String[] arguments) throws Exception {
        ChildMain.answer(CreationOrder.class, CreationMain::run);
    }

    /// Measures in this process.
    public static CreationResult run(CreationOrder order) {
        DatabaseAddress database = order.server().withDatabase(order.database());
        Created created = create(order, database);
        // The engine is closed by now: its own upkeep is no part of a wave.
        try (ServerConnection server = ServerConnection.open(order.server());
                HikariDataSource connection = TaskerSetup.pool(database, 1)) {
            WaveCount waves = WaveCount.of(connection, server, order.database());
            return new CreationResult(
                    created.latency.p50(),
                    created.latency.p99(),
                    created.batchTasksPerSecond,
                    waves.statementsPerWave(),
                    waves.outcomesMax());
        }
    }

    private record Created(LatencyStatistics latency, double batchTasksPerSecond) {}

    private static Created create(CreationOrder order, DatabaseAddress database) {
        try (HikariDataSource pool = TaskerSetup.pool(database, TaskerSetup.POOL_SIZE);
                Tasker tasker = TaskerSetup.openIdle(pool)) {
            RegisteredTemplate template =
                    tasker.register(BenchmarkTemplate.of(Workload.W1)).template();
            CreationMain creation = new CreationMain(tasker, template);
            LatencyStatistics _ = creation.oneByOne(order.tasks());
            LatencyStatistics latency = creation.oneByOne(order.tasks());
            double _ = creation.batches(order.batches());
            return new Created(latency, creation.batches(order.batches()));
        }
    }

    private LatencyStatistics oneByOne(int tasks) {
        long[] nanos = new long[tasks];
        for (int i = 0; i < tasks; i++) {
            TaskRequest request = TaskerSystem.request(number++);
            long start = System.nanoTime();
            tasker.create(template, request);
            nanos[i] = System.nanoTime() - start;
        }
        return LatencyStatistics.of(nanos);
    }

    private double batches(int batches) {
        long start = System.nanoTime();
        for (int i = 0; i < batches; i++) {
            List<TaskRequest> requests = LongStream.range(number, number + BATCH)
                    .mapToObj(TaskerSystem::request)
                    .toList();
            number += BATCH;
            tasker.create(template, requests);
        }
        return batches * BATCH * NANOS_PER_SECOND / (System.nanoTime() - start);
    }
}
