package dev.tasker.benchmarks.system;

import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.server.benchmark.WorkflowSystem;
import dev.tasker.server.benchmark.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// The systems that are measured.
public enum MeasuredSystem {
    TASKER("tasker"),
    DBOS_JAVA("dbos-java"),
    DB_SCHEDULER("db-scheduler"),
    /// Insert and commit, one row per transaction: what the server can do without any system.
    BASELINE("baseline");

    private final String key;

    MeasuredSystem(String key) {
        this.key = key;
    }

    /// Its name in options and results.
    public String key() {
        return key;
    }

    public static Optional<MeasuredSystem> named(String key) {
        return Arrays.stream(values()).filter(system -> system.key.equals(key)).findFirst();
    }

    /// The keys of all.
    public static List<String> keys() {
        return Arrays.stream(values()).map(MeasuredSystem::key).toList();
    }

    /// The release that is measured; of the baseline, the driver's.
    public String version() {
        Properties versions = new Properties();
        try (InputStream file = MeasuredSystem.class.getResourceAsStream("versions.properties")) {
            versions.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return versions.getProperty(key);
    }

    /// Whether it can do this work at all.
    public boolean supports(Workload workload) {
        return switch (this) {
            case TASKER -> true;
            // No steps in other languages in one process.
            case DBOS_JAVA, DB_SCHEDULER -> workload.isJavaOnly();
            // It has no steps: the same insert whatever the workload, so once is enough.
            case BASELINE -> workload == Workload.W1;
        };
    }

    /// Sets it up on an empty database, and starts it.
    public WorkflowSystem start(DatabaseAddress database, Work work, int inFlight) {
        return switch (this) {
            case TASKER -> TaskerSetup.start(database, work);
            case DBOS_JAVA -> DbosSystem.start(database, work);
            case DB_SCHEDULER -> DbSchedulerSystem.start(database, work);
            case BASELINE -> BaselineSystem.start(database, inFlight);
        };
    }

    /// How many steps one call of [WorkflowSystem#run] counts for.
    public int steps(Work work) {
        return this == BASELINE ? 1 : work.shape().size();
    }
}
