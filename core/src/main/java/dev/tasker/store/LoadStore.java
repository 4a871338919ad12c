package dev.tasker.store;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.LoadFiguresRecord;
import dev.tasker.execution.ConcurrencyFormula;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// How much work waits, and how busy the connection pool is. Safe from any thread.
public final class LoadStore {
    private static final int COUNT_MAX = 100_000;

    private final Database database;
    private final DataSource dataSource;

    public LoadStore(Database database, DataSource dataSource) {
        this.database = database;
        this.dataSource = dataSource;
    }

    /// Tasks that have not ended, counted up to `max`.
    public int unfinishedTasks(int max) {
        return database.call(dsl -> Routines.countUnfinishedTasks(dsl.configuration(), max));
    }

    /// Active tasks and steps beside their totals; cheap, never a scan of history.
    public ConcurrencyFormula.Load load() {
        LoadFiguresRecord row = database.call(dsl -> Tables.LOAD_FIGURES(dsl.configuration(), COUNT_MAX))
                .getFirst();
        return new ConcurrencyFormula.Load(
                row.getActiveTasks(), row.getTotalTasks(), row.getActiveSteps(), row.getTotalSteps());
    }

    /// The pool; empty where the data source is no HikariCP, or was not used yet.
    public Optional<ConcurrencyFormula.Pool> pool() {
        if (!(dataSource instanceof HikariDataSource hikari)) {
            return Optional.empty();
        }
        @Nullable HikariPoolMXBean figures = hikari.getHikariPoolMXBean();
        return Optional.ofNullable(figures)
                .map(pool -> new ConcurrencyFormula.Pool(pool.getActiveConnections(), hikari.getMaximumPoolSize()));
    }
}
