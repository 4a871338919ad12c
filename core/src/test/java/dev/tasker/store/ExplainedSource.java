package dev.tasker.store;

import dev.tasker.json.Json;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/// Connections on which the server tells how it ran each statement, also those inside routines and of triggers
/// (`auto_explain` sends its plans as notices).
///
/// One statement at a time, from one thread.
final class ExplainedSource {
    private static final List<String> SETTINGS = List.of(
            // As on a server with an SSD: the tables of a test are so small that the default lets a scan look cheap.
            "SET random_page_cost = 1.1",
            "LOAD 'auto_explain'",
            "SET auto_explain.log_min_duration = 0",
            "SET auto_explain.log_nested_statements = on",
            "SET auto_explain.log_analyze = on",
            "SET auto_explain.log_timing = off",
            "SET auto_explain.log_format = json",
            "SET auto_explain.log_level = notice");

    private final DataSource source;
    private final List<QueryPlan> plans = new ArrayList<>();

    ExplainedSource(DataSource source) {
        this.source = source;
    }

    /// What a test works on.
    DataSource source() {
        return proxy(
                DataSource.class,
                source,
                (method, result) -> result instanceof Connection connection ? explained(connection) : result);
    }

    /// The plans of all that the work ran, in the order in which the statements ended.
    List<QueryPlan> plansOf(Work work) throws Exception {
        plans.clear();
        work.run();
        return List.copyOf(plans);
    }

    /// Something that uses the database.
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    private Connection explained(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String setting : SETTINGS) {
                statement.execute(setting);
            }
        }
        return proxy(
                Connection.class,
                connection,
                (method, result) ->
                        result instanceof Statement statement ? explained(method.getReturnType(), statement) : result);
    }

    private Object explained(Class<?> type, Statement statement) {
        return proxy(type, statement, (method, result) -> {
            if (method.getName().startsWith("execute")) {
                collect(statement.getWarnings());
            }
            return result;
        });
    }

    private void collect(SQLWarning first) {
        for (SQLWarning notice = first; notice != null; notice = notice.getNextWarning()) {
            int start = notice.getMessage().indexOf("plan:\n");
            if (start >= 0) {
                Map<?, ?> told = (Map<?, ?>) Json.read(notice.getMessage().substring(start + "plan:\n".length()));
                plans.add(new QueryPlan(String.valueOf(told.get("Query Text")), told));
            }
        }
    }

    /// What becomes of a result.
    @FunctionalInterface
    private interface After {
        Object apply(Method method, Object result) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, Object target, After after) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    try {
                        return after.apply(method, method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
