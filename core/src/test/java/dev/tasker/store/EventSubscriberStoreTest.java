package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.event.EventPosition;
import dev.tasker.event.StoredTransition;
import dev.tasker.store.EventSubscriberStore.Batch;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventSubscriberStoreTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Scene SCENE = new Scene(DATABASE);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final EventSubscriberStore store = new EventSubscriberStore(new Database(SCENE.source()));
    private final String name = "subscriber-" + NAMES.incrementAndGet();

    @AfterAll
    static void drop() {
        SCENE.close();
        DATABASE.close();
    }

    @BeforeEach
    void register() {
        store.register(name, List.of("*"), false);
    }

    @Test
    void aTransactionThatIsStillOpenHoldsBackWhatCommittedAfterItBegan() throws Exception {
        assertThat(store.lease(name, "one", LEASE)).isTrue();
        List<Long> late;
        List<Long> early;
        try (Connection open = DATABASE.dataSource().getConnection()) {
            open.setAutoCommit(false);
            early = List.of(insert(open));
            try (Connection other = DATABASE.dataSource().getConnection()) {
                late = List.of(insert(other), insert(other));
            }

            Batch whileOpen = store.read(name, "one", 100).orElseThrow();
            assertThat(whileOpen.transitions()).isEmpty();
            // An empty stretch may be skipped, but never past the open transaction.
            store.confirm(name, "one", whileOpen.end().orElseThrow());
            open.commit();
        }

        assertThat(ids(readAll("one", 3))).containsExactly(early.get(0), late.get(0), late.get(1));
    }

    @Test
    void aConsumerThatDiesBeforeItsPositionIsStoredIsFollowedByAnotherThatGetsTheSame() throws Exception {
        long id;
        try (Connection connection = DATABASE.dataSource().getConnection()) {
            id = insert(connection);
        }
        assertThat(store.lease(name, "dead", LEASE)).isTrue();
        assertThat(ids(readAll("dead", 1))).containsExactly(id);

        assertThat(store.lease(name, "heir", LEASE)).isFalse();
        assertThat(store.read(name, "heir", 100)).isEmpty();
        SCENE.pass(LEASE.plusSeconds(1));
        assertThat(store.read(name, "dead", 100)).isEmpty();
        assertThat(store.lease(name, "heir", LEASE)).isTrue();

        List<StoredTransition> again = readAll("heir", 1);
        assertThat(ids(again)).containsExactly(id);
        assertThat(store.confirm(name, "dead", again.getLast().position())).isFalse();
        assertThat(store.confirm(name, "heir", again.getLast().position())).isTrue();
        assertThat(store.read(name, "heir", 100).orElseThrow().transitions()).isEmpty();
    }

    @Test
    void aLeaseThatWasGivenBackIsFreeAtOnce() {
        assertThat(store.lease(name, "one", LEASE)).isTrue();
        assertThat(store.lease(name, "one", LEASE)).isTrue();
        store.release(name, "two");
        assertThat(store.lease(name, "two", LEASE)).isFalse();

        store.release(name, "one");

        assertThat(store.lease(name, "two", LEASE)).isTrue();
    }

    @Test
    void aNewSubscriberBeginsWhereItAskedToAndAKnownOneKeepsItsPlace() throws Exception {
        try (Connection connection = DATABASE.dataSource().getConnection()) {
            insert(connection);
        }
        String whole = name + "-whole";
        store.register(whole, List.of("task.*"), true);
        assertThat(position(whole)).isEqualTo(EventPosition.BEGINNING);
        assertThat(position(name).transactionId()).isPositive();

        EventPosition before = position(name);
        store.register(name, List.of("step.*"), true);

        assertThat(position(name)).isEqualTo(before);
        assertThat(stored(name).events()).containsExactly("step.*");
        assertThat(store.remove(whole)).isTrue();
        assertThat(store.remove(whole)).isFalse();
    }

    @Test
    void theIndexIsBroughtUpToDateOnceForWhatIsThere() throws Exception {
        try (Connection connection = DATABASE.dataSource().getConnection()) {
            insert(connection);
        }

        store.summarize();

        assertThat(store.summarize()).isZero();
    }

    @Test
    void aFailureIsNotedUntilTheNextSuccess() {
        assertThat(store.lease(name, "one", LEASE)).isTrue();
        store.failed(name, "one", "first");
        store.failed(name, "one", "second");

        assertThat(stored(name).failures()).isEqualTo(2);
        assertThat(stored(name).lastError()).contains("second");
        store.confirm(name, "one", position(name));
        assertThat(stored(name).failures()).isZero();
        assertThat(stored(name).lastError()).isEmpty();
    }

    @Test
    void whateverTheOrderOfCommitsEveryRowIsReadOnceAndInOrder() throws Exception {
        long seed = System.nanoTime();
        int writers = 4;
        int rounds = 40;
        Set<Long> committed = new ConcurrentSkipListSet<>();
        CountDownLatch done = new CountDownLatch(writers);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            Random random = new Random(seed + i);
            threads.add(Thread.ofPlatform().start(() -> {
                try (Connection connection = DATABASE.dataSource().getConnection()) {
                    write(connection, random, rounds, committed);
                } catch (SQLException problem) {
                    throw new IllegalStateException(problem);
                } finally {
                    done.countDown();
                }
            }));
        }

        assertThat(store.lease(name, "one", LEASE)).isTrue();
        List<EventPosition> read = new ArrayList<>();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        Random random = new Random(seed - 1);
        while ((done.getCount() > 0 || read.size() < committed.size()) && System.nanoTime() - deadline < 0) {
            Batch batch = store.read(name, "one", 1 + random.nextInt(20)).orElseThrow();
            batch.transitions().forEach(row -> read.add(row.position()));
            EventPosition last = batch.transitions().isEmpty()
                    ? batch.end().orElseThrow()
                    : batch.transitions().getLast().position();
            assertThat(store.confirm(name, "one", last)).isTrue();
        }

        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(read)
                .extracting(EventPosition::transitionId)
                .as("seed " + seed)
                .doesNotHaveDuplicates();
        assertThat(read)
                .extracting(EventPosition::transitionId)
                .as("seed " + seed)
                .containsExactlyInAnyOrderElementsOf(committed);
        assertThat(read)
                .as("seed " + seed)
                .isSortedAccordingTo((one, two) -> one.transactionId() == two.transactionId()
                        ? Long.compare(one.transitionId(), two.transitionId())
                        : Long.compare(one.transactionId(), two.transactionId()));
    }

    private static void write(Connection connection, Random random, int rounds, Set<Long> committed)
            throws SQLException {
        connection.setAutoCommit(false);
        for (int round = 0; round < rounds; round++) {
            List<Long> ids = new ArrayList<>();
            for (int row = 0; row <= random.nextInt(4); row++) {
                ids.add(insert(connection));
            }
            if (random.nextInt(5) == 0) {
                connection.rollback();
            } else {
                connection.commit();
                committed.addAll(ids);
            }
        }
    }

    private List<StoredTransition> readAll(String owner, int expected) throws InterruptedException {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        CountDownLatch never = new CountDownLatch(1);
        List<StoredTransition> read = List.of();
        // Transactions of other tests on the same server may hold the horizon back for a moment.
        while (read.size() < expected && System.nanoTime() - deadline < 0) {
            Optional<Batch> batch = store.read(name, owner, 100);
            read = batch.orElseThrow().transitions();
            assertThat(never.await(5, TimeUnit.MILLISECONDS)).isFalse();
        }
        return read;
    }

    private static List<Long> ids(List<StoredTransition> rows) {
        return rows.stream().map(row -> row.position().transitionId()).toList();
    }

    private EventPosition position(String subscriber) {
        return stored(subscriber).position();
    }

    private EventSubscriberStore.Stored stored(String subscriber) {
        return store.list().stream()
                .filter(one -> one.name().equals(subscriber))
                .findFirst()
                .orElseThrow();
    }

    /// A transition of a task that does not exist: only the trail matters here.
    private static long insert(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("INSERT INTO tasker.task_transitions (task_id, from_state, to_state)"
                                + " VALUES (1, 'pending', 'in_progress') RETURNING task_transition_id")) {
            row.next();
            return row.getLong(1);
        }
    }
}
