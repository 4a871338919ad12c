package dev.tasker.store;

import dev.tasker.db.generated.Tables;
import dev.tasker.identity.HandlerKey;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.WaveRequest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jooq.JSONB;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;

/// The two calls that every step and every task pay for: their text is made by jOOQ once, and the driver runs it.
///
/// To render a call with its arrays anew costs more than to read its answer.
final class HotStatements {
    /// `tasker.advance`.
    static final String ADVANCE = DSL.using(SQLDialect.POSTGRES, Database.SETTINGS)
            .selectFrom(Tables.ADVANCE(
                    (Long[]) null,
                    null,
                    null,
                    (JSONB[]) null,
                    null,
                    (YearToSecond[]) null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null))
            .getSQL();

    /// `tasker.create_tasks`.
    static final String CREATE_TASKS = DSL.using(SQLDialect.POSTGRES, Database.SETTINGS)
            .selectFrom(
                    Tables.CREATE_TASKS((JSONB) null, null, null, (YearToSecond) null, null, null, null, null, null))
            .getSQL();

    private HotStatements() {}

    /// Reads one row of an answer.
    @FunctionalInterface
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// The parameters of a statement, in order.
    static final class Parameters {
        private final Connection connection;
        private final PreparedStatement statement;
        private int index;

        private Parameters(Connection connection, PreparedStatement statement) {
            this.connection = connection;
            this.statement = statement;
        }

        Parameters text(String value) throws SQLException {
            statement.setString(++index, value);
            return this;
        }

        Parameters number(@Nullable Object value) throws SQLException {
            statement.setObject(++index, value);
            return this;
        }

        Parameters flag(boolean value) throws SQLException {
            statement.setBoolean(++index, value);
            return this;
        }

        /// @param type as PostgreSQL calls it
        <R> Parameters column(String type, List<R> rows, Function<R, ? extends @Nullable Object> value)
                throws SQLException {
            statement.setArray(
                    ++index,
                    connection.createArrayOf(type, rows.stream().map(value).toArray()));
            return this;
        }

        /// Where steps of the handlers that are served are known to wait, in two columns; where nothing is
        /// known, they have no elements.
        Parameters places(WaveRequest request) throws SQLException {
            Map<HandlerKey, FirstWaiting> from = request.from();
            List<HandlerKey> keys =
                    from.isEmpty() ? List.of() : List.copyOf(request.freeSlots().keySet());
            return column(
                            "integer",
                            keys,
                            key -> from.containsKey(key) ? from.get(key).priority() : null)
                    .column("timestamptz", keys, key -> dueAt(from.get(key)));
        }

        private static @Nullable Object dueAt(@Nullable FirstWaiting first) {
            if (first == null) {
                return null;
            }
            return first.equals(FirstWaiting.NONE) ? "infinity" : first.dueAt();
        }
    }

    /// Sets the parameters of a statement.
    @FunctionalInterface
    interface Binder {
        void bind(Parameters parameters) throws SQLException;
    }

    /// Runs a statement in a transaction of its own, on a connection in auto-commit mode.
    static <T> List<T> rows(Connection connection, String sql, Binder binder, RowReader<T> reader) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binder.bind(new Parameters(connection, statement));
            try (ResultSet answer = statement.executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (answer.next()) {
                    rows.add(reader.read(answer));
                }
                return rows;
            }
        }
    }

    /// As PostgreSQL reads an interval.
    static String interval(Duration duration) {
        return duration.toString();
    }
}
