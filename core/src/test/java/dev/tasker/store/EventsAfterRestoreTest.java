package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestCluster;
import dev.tasker.store.EventSubscriberStore.Batch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/// Durable subscribers of a database that was dumped and restored into a server with lower transaction ids.
@Timeout(120)
class EventsAfterRestoreTest {
    private static final int TRANSACTIONS = 5_000;
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final String NAME = "billing";
    private static final String OWNER = "one";
    /// What a dump holds of the trail, in its columns.
    private static final Map<String, String> TRAIL = Map.of(
            "tasker.task_transitions",
            "task_transition_id, task_id, from_state, to_state, metadata, created_at, transaction_id",
            "tasker.workflow_step_transitions",
            "workflow_step_transition_id, task_id, workflow_step_id, from_state, to_state, metadata, created_at,"
                    + " transaction_id");

    /// Three servers, each with higher transaction ids than the one before.
    private static final List<TestCluster> SERVERS = new ArrayList<>();

    private final List<Server> servers = new ArrayList<>();

    @BeforeAll
    static void start() {
        for (int i = 0; i < 3; i++) {
            SERVERS.add(TestCluster.start());
        }
    }

    @AfterAll
    static void stop() {
        SERVERS.forEach(TestCluster::close);
    }

    @BeforeEach
    void empty() throws SQLException {
        for (TestCluster cluster : SERVERS) {
            Server server = new Server(cluster.dataSource());
            server.sql("SET session_replication_role = replica; TRUNCATE tasker.task_transitions,"
                    + " tasker.workflow_step_transitions, tasker.event_subscribers;"
                    + " SELECT setval('tasker.transition_ids', 1, false)");
            if (!servers.isEmpty()) {
                spend(server.source, servers.getLast().transaction() + TRANSACTIONS - server.transaction());
            }
            servers.add(server);
        }
    }

    @Test
    void whatWasNotDeliveredYetComesFirstAndThenWhatTheNewServerWrites() throws Exception {
        Server old = servers.get(2);
        Server restored = servers.get(0);
        old.register(false);
        List<Long> ids = old.write(6);
        assertThat(old.deliver(3)).isEqualTo(ids.subList(0, 3));

        restore(old, restored);
        List<Long> later = restored.write(2);

        assertThat(restored.deliverAll()).isEqualTo(concat(ids.subList(3, 6), later));
        List<Long> last = restored.write(3);
        assertThat(restored.deliverAll()).isEqualTo(last);
    }

    @Test
    void aSubscriberThatWasUpToDateGoesOnWithWhatTheNewServerWrites() throws Exception {
        Server old = servers.get(2);
        Server restored = servers.get(0);
        old.register(true);
        old.write(4);
        assertThat(old.deliverAll()).hasSize(4);
        // Nothing was written here for a while, and the position has followed.
        spend(old.source, 100);
        old.skip();

        restore(old, restored);

        assertThat(restored.deliverAll()).isEmpty();
        List<Long> first = restored.write(2);
        assertThat(restored.deliverAll()).isEqualTo(first);
        List<Long> second = restored.write(2);
        assertThat(restored.deliverAll()).isEqualTo(second);
    }

    /// Nothing in the numbers shows any more that the position is not of this server.
    @Test
    void aSubscriberThatComesLateMissesNothingOfWhatWasWrittenSinceTheRestore() throws Exception {
        Server old = servers.get(1);
        Server restored = servers.get(0);
        old.register(false);
        List<Long> ids = old.write(4);
        assertThat(old.deliver(2)).isEqualTo(ids.subList(0, 2));

        restore(old, restored);
        List<Long> before = restored.write(2);
        spend(restored.source, old.transaction() - restored.transaction() + TRANSACTIONS);
        List<Long> after = restored.write(2);

        assertThat(restored.deliverAll())
                .containsExactlyInAnyOrderElementsOf(concat(concat(ids.subList(2, 4), before), after));
        assertThat(restored.deliverAll()).isEmpty();
    }

    @Test
    void oldTransitionsDoNotComeAgainWhenTheNewServerReachesTheirNumbers() throws Exception {
        Server old = servers.get(1);
        Server restored = servers.get(0);
        old.register(false);
        List<Long> ids = old.write(4);
        restore(old, restored);
        assertThat(restored.deliverAll()).isEqualTo(ids);

        spend(restored.source, old.transaction() - restored.transaction() + TRANSACTIONS);
        List<Long> later = restored.write(2);

        assertThat(restored.deliverAll()).isEqualTo(later);
    }

    @Test
    void aDatabaseThatIsRestoredTwiceWhileItsSubscriberIsAwayLosesNothing() throws Exception {
        servers.get(2).register(false);
        List<Long> ids = servers.get(2).write(4);
        assertThat(servers.get(2).deliver(1)).hasSize(1);
        restore(servers.get(2), servers.get(1));
        List<Long> second = servers.get(1).write(3);
        restore(servers.get(1), servers.get(0));
        List<Long> third = servers.get(0).write(3);

        assertThat(servers.get(0).deliverAll())
                .containsExactlyInAnyOrderElementsOf(concat(concat(ids.subList(1, 4), second), third));
        List<Long> last = servers.get(0).write(1);
        assertThat(servers.get(0).deliverAll()).isEqualTo(last);
    }

    @Test
    void aRestoreInTheMiddleOfWhatIsLeftOfAnEarlierOneLosesNothing() throws Exception {
        servers.get(2).register(false);
        List<Long> ids = servers.get(2).write(4);
        restore(servers.get(2), servers.get(1));
        List<Long> second = servers.get(1).write(3);
        assertThat(servers.get(1).deliver(2)).isEqualTo(ids.subList(0, 2));
        restore(servers.get(1), servers.get(0));
        List<Long> third = servers.get(0).write(3);

        assertThat(servers.get(0).deliverAll())
                .containsExactlyInAnyOrderElementsOf(concat(concat(ids.subList(2, 4), second), third));
    }

    @Test
    void aRestoreIntoAServerWithHigherTransactionIdsDeliversNothingTwice() throws Exception {
        Server old = servers.get(0);
        Server restored = servers.get(2);
        old.register(true);
        List<Long> ids = old.write(5);
        assertThat(old.deliver(2)).isEqualTo(ids.subList(0, 2));

        restore(old, restored);
        List<Long> later = restored.write(2);

        assertThat(restored.deliverAll()).isEqualTo(concat(ids.subList(2, 5), later));
    }

    /// The rows as a dump holds them; the sequence as well.
    private static void restore(Server from, Server to) throws SQLException, IOException {
        for (Map.Entry<String, String> table : TRAIL.entrySet()) {
            copy(from, to, table.getKey() + " (" + table.getValue() + ")", table.getValue(), table.getKey());
        }
        copy(from, to, "tasker.event_subscribers", "*", "tasker.event_subscribers");
        to.sql("SELECT setval('tasker.transition_ids', " + from.number("SELECT last_value FROM tasker.transition_ids")
                + ")");
    }

    private static void copy(Server from, Server to, String target, String columns, String table)
            throws SQLException, IOException {
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (Connection source = from.source.getConnection();
                Connection destination = to.source.getConnection()) {
            source.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (SELECT " + columns + " FROM " + table + ") TO STDOUT", rows);
            destination
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY " + target + " FROM STDIN", new ByteArrayInputStream(rows.toByteArray()));
        }
    }

    /// Counts transactions, as other databases of the server would.
    private static void spend(DataSource source, long transactions) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DO $$ BEGIN FOR i IN 1.." + transactions
                    + " LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
        }
    }

    private static List<Long> concat(List<Long> one, List<Long> other) {
        List<Long> all = new ArrayList<>(one);
        all.addAll(other);
        return all;
    }

    /// The database on one server.
    private static final class Server {
        private final DataSource source;
        private final EventSubscriberStore store;

        Server(DataSource source) {
            this.source = source;
            this.store = new EventSubscriberStore(new Database(source));
        }

        void register(boolean fromBeginning) {
            store.register(NAME, List.of("*"), fromBeginning);
        }

        /// Transitions of tasks that do not exist, each in a transaction of its own.
        List<Long> write(int number) throws SQLException {
            List<Long> ids = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                ids.add(number(
                        i % 2 == 0
                                ? "INSERT INTO tasker.task_transitions (task_id, from_state, to_state)"
                                        + " VALUES (1, 'pending', 'in_progress') RETURNING task_transition_id"
                                : "INSERT INTO tasker.workflow_step_transitions"
                                        + " (task_id, workflow_step_id, from_state, to_state)"
                                        + " VALUES (1, 1, 'pending', 'in_progress')"
                                        + " RETURNING workflow_step_transition_id"));
            }
            return ids;
        }

        /// One batch, with its position stored behind it.
        List<Long> deliver(int limit) {
            assertThat(store.lease(NAME, OWNER, LEASE)).isTrue();
            Batch batch = store.read(NAME, OWNER, limit).orElseThrow();
            if (!batch.transitions().isEmpty()) {
                store.confirm(NAME, OWNER, batch.transitions().getLast().position());
            }
            return batch.transitions().stream()
                    .map(row -> row.position().transitionId())
                    .toList();
        }

        /// In small batches, until nothing is left.
        List<Long> deliverAll() {
            List<Long> all = new ArrayList<>();
            List<Long> batch = deliver(2);
            while (!batch.isEmpty()) {
                all.addAll(batch);
                batch = deliver(2);
            }
            return all;
        }

        /// Stores that nothing lies before the place at which the last read ended.
        void skip() {
            assertThat(store.lease(NAME, OWNER, LEASE)).isTrue();
            store.confirm(
                    NAME, OWNER, store.read(NAME, OWNER, 2).orElseThrow().end().orElseThrow());
        }

        long transaction() throws SQLException {
            return number("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
        }

        long number(String sql) throws SQLException {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        }

        void sql(String text) throws SQLException {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(text);
            }
        }
    }
}
