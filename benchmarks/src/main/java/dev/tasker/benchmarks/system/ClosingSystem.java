package dev.tasker.benchmarks.system;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.server.benchmark.WorkflowSystem;

/// A system whose pool is closed after it.
record ClosingSystem(WorkflowSystem system, HikariDataSource pool) implements WorkflowSystem {
    @Override
    public void run(long number) throws InterruptedException {
        system.run(number);
    }

    @Override
    public void close() {
        try (pool) {
            system.close();
        }
    }
}
