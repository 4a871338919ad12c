package dev.tasker.crash;

import dev.tasker.db.test.TestDatabase;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// How to start workers that serve one database and write to one folder.
///
/// @param properties lease and shutdown (ms), slots, handlers, seed, and what a worker has to find
record WorkerSettings(Path folder, Map<String, Object> properties) {
    static WorkerSettings of(TestDatabase database, Path folder) {
        return new WorkerSettings(folder, Map.of())
                .with("url", database.jdbcUrl())
                .with("user", database.user())
                .with("password", database.password())
                .with("log", folder.resolve("executions"))
                .with("lease", 2_000)
                .with("shutdown", 10_000)
                .with("slots", 8)
                .with("handlers", "work")
                .with("seed", 1);
    }

    WorkerSettings with(String key, Object value) {
        Map<String, Object> changed = new TreeMap<>(properties);
        changed.put(key, value);
        return new WorkerSettings(folder, changed);
    }

    ExecutionLog log() {
        return new ExecutionLog(folder.resolve("executions"));
    }
}
