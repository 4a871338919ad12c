package dev.tasker.benchmarks.history;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.db.test.history.HistoryGenerator;
import dev.tasker.db.test.history.HistoryPlan;
import dev.tasker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/// One of the two databases that differ in nothing but their history.
///
/// Statements run on one connection and are kept prepared, as those of a pool are. For one thread.
final class Side implements AutoCloseable {
    private static final int POOL_SIZE = 20;

    private final String name;
    private final HikariDataSource pool;
    private final Database database;
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final Map<Integer, Long[]> newest = new HashMap<>();
    private final Map<Integer, Long[]> spread = new HashMap<>();
    private final AtomicLong taskNumbers = new AtomicLong();
    private long newestTask;
    private long startedTask;
    private long waitingStep;

    private Side(String name, HikariDataSource pool, Connection connection) {
        this.name = name;
        this.pool = pool;
        this.database = new Database(pool);
        this.connection = connection;
    }

    /// Opens a database with nothing in it, and gives it the schema of this release.
    static Side open(String name, DatabaseAddress address) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(address.jdbcUrl());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(POOL_SIZE);
        HikariDataSource pool = new HikariDataSource(config);
        new SchemaMigrator().migrate(pool);
        Connection connection = address.connect();
        return new Side(name, pool, connection);
    }

    String name() {
        return name;
    }

    HikariDataSource pool() {
        return pool;
    }

    /// For stores of the engine.
    Database database() {
        return database;
    }

    /// Numbers of tasks that were never given before.
    long reserveTaskNumbers(long count) {
        return taskNumbers.getAndAdd(count);
    }

    void generate(HistoryPlan plan, LongConsumer progress) {
        HistoryGenerator.generate(pool, plan, progress);
    }

    /// Runs a query and reads all its rows.
    ///
    /// @return how many there were
    long read(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = prepared(sql);
        for (int i = 0; i < parameters.length; i++) {
            Object parameter = parameters[i];
            statement.setObject(
                    i + 1, parameter instanceof Long[] ids ? connection.createArrayOf("bigint", ids) : parameter);
        }
        long rows = 0;
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows++;
            }
        }
        return rows;
    }

    /// Up to so many tasks, the newest first. Looked up once, so that it does not count.
    Long[] newestTasks(int count) throws SQLException {
        Long[] known = newest.get(count);
        if (known == null) {
            known = ids("SELECT ARRAY(SELECT task_id FROM tasker.tasks WHERE task_id <= " + newestTask()
                    + " ORDER BY task_id DESC LIMIT " + count + ")");
            newest.put(count, known);
        }
        return known;
    }

    /// So many tasks, spread evenly over all.
    Long[] spreadTasks(int count) throws SQLException {
        Long[] known = spread.get(count);
        if (known == null) {
            known = ids("SELECT ARRAY(SELECT task_id FROM tasker.tasks WHERE task_id % greatest(1, " + newestTask()
                    + " / " + count + ") = 0 ORDER BY task_id LIMIT " + count + ")");
            spread.put(count, known);
        }
        return known;
    }

    /// The newest of the generated tasks: it has not ended.
    long newestTask() {
        return newestTask;
    }

    /// The newest of the generated tasks of one template that have started, so that it is alike on both sides.
    long startedTask() {
        return startedTask;
    }

    /// A step that waits for its parent: one in the same situation on each side.
    long waitingStep() {
        return waitingStep;
    }

    /// Notes which tasks are the newest now.
    void noteNewest() throws SQLException {
        newestTask = number("SELECT max(task_id) FROM tasker.tasks");
        startedTask =
                number("SELECT max(task_id) FROM tasker.active_tasks WHERE name = 'tree' AND state = 'in_progress'");
        waitingStep = number("SELECT max(step.workflow_step_id) FROM tasker.active_tasks AS task"
                + " JOIN tasker.workflow_steps AS step ON step.task_id = task.task_id"
                + " WHERE task.name = 'tree' AND task.state = 'in_progress'"
                + " AND step.name = 'leaf_4' AND step.state = 'pending' AND step.unmet_dependencies = 1");
    }

    void vacuum() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("VACUUM (ANALYZE)");
        }
    }

    /// The size of the database on disk.
    long bytes() throws SQLException {
        return number("SELECT pg_database_size(current_database())");
    }

    private Long[] ids(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return (Long[]) result.getArray(1).getArray();
        }
    }

    private long number(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    private PreparedStatement prepared(String sql) throws SQLException {
        PreparedStatement known = statements.get(sql);
        if (known == null) {
            known = connection.prepareStatement(sql);
            statements.put(sql, known);
        }
        return known;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException _) {
            // The server is about to be removed.
        }
        pool.close();
    }
}
