package dev.tasker.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;

/// Connections on which `tasker.now()` tells the time of the test.
record MovedClock(DataSource source, Supplier<Instant> now) implements DataSource {
    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = source.getConnection();
        try (PreparedStatement statement = connection.prepareStatement("SELECT set_config('tasker.now', ?, false)")) {
            statement.setString(1, now.get().toString());
            statement.execute();
        }
        return connection;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return source.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        source.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        source.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return source.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return source.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return source.isWrapperFor(type);
    }
}
