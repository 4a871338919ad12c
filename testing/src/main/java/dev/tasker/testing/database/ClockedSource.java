package dev.tasker.testing.database;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.tools.jdbc.DefaultConnection;
import org.jspecify.annotations.Nullable;

/// One connection on which `tasker.now()` tells the time of a [VirtualClock].
///
/// The session learns the time only after it has moved, so that most statements cost one round trip. Safe
/// from any thread: one has the connection, the others wait until it is given back.
public final class ClockedSource implements DataSource, AutoCloseable {
    private static final String SETTING = "tasker.now";

    private final DataSource source;
    private final VirtualClock clock;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Connection session;
    private @Nullable Instant shown;

    ClockedSource(DataSource source, VirtualClock clock) {
        this.source = source;
        this.clock = clock;
    }

    @Override
    public Connection getConnection() throws SQLException {
        turn.lock();
        try {
            Connection open = session();
            show(open, clock.instant());
            return new Borrowed(open, turn);
        } catch (SQLException | RuntimeException problem) {
            turn.unlock();
            throw problem;
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    /// Ends the session. A later call opens another one.
    @Override
    public void close() {
        turn.lock();
        try (Connection _ = session) {
            session = null;
        } catch (SQLException problem) {
            throw new IllegalStateException("the test's connection could not be closed", problem);
        } finally {
            turn.unlock();
        }
    }

    private Connection session() throws SQLException {
        Connection known = session;
        if (known != null && !known.isClosed()) {
            return known;
        }
        Connection opened = source.getConnection();
        session = opened;
        shown = null;
        return opened;
    }

    private void show(Connection open, Instant now) {
        if (now.equals(shown)) {
            return;
        }
        DSL.using(open, SQLDialect.POSTGRES)
                .select(DSL.function(
                        "set_config", String.class, DSL.val(SETTING), DSL.val(now.toString()), DSL.inline(false)))
                .fetch();
        shown = now;
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

    /// The session in the hands of one caller; closing gives it back.
    private static final class Borrowed extends DefaultConnection {
        private final ReentrantLock turn;
        private boolean returned;

        Borrowed(Connection session, ReentrantLock turn) {
            super(session);
            this.turn = turn;
        }

        @Override
        public void close() {
            if (!returned) {
                returned = true;
                turn.unlock();
            }
        }
    }
}
