package dev.tasker.benchmarks.system;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.execution.HandlerHost;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.TaskerSystem;
import dev.tasker.server.benchmark.WorkflowSystem;
import dev.tasker.template.Template;
import java.util.List;
import java.util.Set;

/// Tasker with the settings that it has by itself, and with the pool of all systems.
public final class TaskerSetup {
    /// Connections of each system.
    public static final int POOL_SIZE = Pool.SIZE;

    private static final List<HandlerRuntime> GUESTS =
            List.of(HandlerRuntime.JAVASCRIPT, HandlerRuntime.PYTHON, HandlerRuntime.RUBY);

    private TaskerSetup() {}

    static WorkflowSystem start(DatabaseAddress database, Work work) {
        HikariDataSource pool = Pool.open(database);
        new SchemaMigrator().migrate(pool);
        Tasker tasker = Tasker.open(pool, TaskerConfig.defaults(), guests(work));
        Template template = template(work);
        tasker.loadHandlers(template, Set.copyOf(GUESTS));
        return new ClosingSystem(TaskerSystem.start(tasker, template, work.workload()::failsAtFirst), pool);
    }

    /// A pool like that of all systems.
    public static HikariDataSource pool(DatabaseAddress database, int size) {
        return Pool.open(database, size);
    }

    /// An engine that runs no steps, on an empty database.
    public static Tasker openIdle(HikariDataSource pool) {
        new SchemaMigrator().migrate(pool);
        return Tasker.open(pool, TaskerConfig.defaults(), List.of());
    }

    private static List<HandlerHost> guests(Work work) {
        return GUESTS.stream()
                .filter(work.runtimes()::contains)
                .<HandlerHost>map(runtime ->
                        PolyglotHost.open(runtime, PolyglotConfig.builder().build()))
                .toList();
    }

    private static Template template(Work work) {
        return work.isJavaOnly() ? BenchmarkTemplate.of(work.shape()) : PolyglotTemplate.of(work);
    }
}
