package dev.tasker.store;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.generated.Routines;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.WorkerId;
import dev.tasker.reenqueue.WorkSignal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// What processes tell each other through the database (LISTEN and NOTIFY). Safe from any thread.
public final class WorkSignals {
    /// A pool this small needs every connection for the work itself.
    /// How long one look at the socket lasts: so long may an end take.
    private static final int SLICE_MILLIS = 100;
    private static final int POOL_SIZE_MIN = 3;

    private static final int CHECK_SECONDS_MAX = 5;
    private static final String INTERRUPTS = "tasker_interrupts";

    private final Database database;
    private final DataSource dataSource;

    public WorkSignals(Database database, DataSource dataSource) {
        this.database = database;
        this.dataSource = dataSource;
    }

    /// Tells other workers that steps are ready, in a transaction of its own.
    public void tellWorkReady(WorkerId worker) {
        database.call(dsl -> {
            Routines.notifyWorkers(dsl.configuration(), worker.value());
            return worker;
        });
    }

    /// Whether a connection can be spared to listen.
    public boolean canListen() {
        return !(dataSource instanceof HikariDataSource hikari) || hikari.getMaximumPoolSize() >= POOL_SIZE_MIN;
    }

    /// Listens on a connection of its own; blocks until it is open.
    ///
    /// @throws StoreUnavailableException it cannot be had
    public Listening listen() {
        Connection connection;
        try {
            connection = dataSource.getConnection();
        } catch (SQLException problem) {
            throw unavailable(problem);
        }
        Listening listening = new Listening(connection);
        try {
            connection.setAutoCommit(true);
            Routines.listenForWork(DSL.using(connection, SQLDialect.POSTGRES).configuration());
            connection.setClientInfo("ApplicationName", "tasker listener");
            return listening;
        } catch (SQLException | DataAccessException problem) {
            listening.close();
            throw unavailable(problem);
        }
    }

    private static StoreUnavailableException unavailable(Exception problem) {
        return new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE,
                "no connection listens for wake-ups: " + problem.getMessage(),
                Map.of(),
                problem);
    }

    /// A connection that listens. For one thread, except [#end].
    public final class Listening implements AutoCloseable {
        private final Connection connection;
        private volatile boolean ended;

        private Listening(Connection connection) {
            this.connection = connection;
        }

        /// Waits for signals, at most `limit`, or until [#end].
        ///
        /// @throws StoreUnavailableException the connection is lost
        public List<WorkSignal> await(Duration limit) {
            long deadline = System.nanoTime() + limit.toNanos();
            try {
                PGConnection session = connection.unwrap(PGConnection.class);
                List<WorkSignal> signals = List.of();
                while (!ended && signals.isEmpty() && System.nanoTime() - deadline < 0) {
                    signals = signals(session.getNotifications(SLICE_MILLIS));
                }
                return signals;
            } catch (SQLException problem) {
                throw unavailable(problem);
            }
        }

        private static List<WorkSignal> signals(PGNotification @Nullable [] notices) {
            return notices == null
                    ? List.of()
                    : Arrays.stream(notices).map(Listening::signal).toList();
        }

        private static WorkSignal signal(PGNotification notice) {
            return notice.getName().equals(INTERRUPTS)
                    ? new WorkSignal.Interrupt(notice.getParameter())
                    : new WorkSignal.WorkReady(notice.getParameter());
        }

        /// Makes sure that the session still lives: a peer that vanished without a word tells nothing.
        ///
        /// @throws StoreUnavailableException the connection is lost
        public void check() {
            try {
                if (!connection.isValid(CHECK_SECONDS_MAX)) {
                    throw new SQLException("the connection does not answer");
                }
            } catch (SQLException problem) {
                throw unavailable(problem);
            }
        }

        /// Has [#await] return soon. From any thread.
        public void end() {
            ended = true;
        }

        /// Ends the session: a pool must not hand it to others, who would collect notices that nobody reads.
        @Override
        public void close() {
            if (dataSource instanceof HikariDataSource pool) {
                pool.evictConnection(connection);
            }
            try {
                connection.close();
            } catch (SQLException _) {
                // It is gone already.
            }
        }
    }
}
