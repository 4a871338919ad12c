package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import dev.tasker.template.Template;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/// Connections that break, hang or are not to be had, while the database works on.
class LostAnswersTest {
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("tasker.soak.seconds", 3));
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final int CONNECTIONS = 4;
    private static final int TASKS_UNFINISHED = 40;

    /// The wave that records it is the one whose answer is lost.
    private static final String FATAL_RESULT = "the answer to this is lost";

    private TestDatabase database;
    private Workload workload;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        workload = new Workload(database.dataSource());
    }

    @AfterEach
    void drop() {
        workload.close();
        database.close();
    }

    /// The lease is so long that only its owner can give the lost claim back in time.
    @Test
    void whatWasCommittedIsKeptAndItsClaimGivenBackWhenTheAnswerIsLost() throws Exception {
        loseAnAnswer(Duration.ofSeconds(60), FaultyProxy::reset);
        assertThat(workload.history().steps()).allMatch(step -> step.attempts() == 1);
    }

    /// The connection stays open, and nothing ever tells the engine that it is dead.
    @Test
    void anAnswerThatNeverComesIsNotAwaitedForEver() throws Exception {
        loseAnAnswer(Duration.ofSeconds(5), _ -> {});
    }

    private void loseAnAnswer(Duration lease, Consumer<FaultyProxy> end) throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger executions = new AtomicInteger();
        TaskId task = workload.create(Workflows.template("a|default_retry_limit: 1", "b <- a"), 1)
                .getFirst();
        try (FaultyProxy proxy = proxy(1);
                Engine.Log log = new Engine.Log();
                Engine _ = Engine.open(through(proxy), CONNECTIONS, lease)
                        .serving("a", (t, sequence, step) -> {
                            mayEnd.await();
                            executions.incrementAndGet();
                            return FATAL_RESULT;
                        })
                        .serving("b", (t, sequence, step) -> executions.incrementAndGet())
                        .started()) {
            workload.awaitStep(task, "a", "in_progress");
            proxy.loseAnswersTo(FATAL_RESULT);
            mayEnd.countDown();
            // Recorded and claimed in one wave, whose answer never comes.
            workload.awaitStep(task, "b", "in_progress");
            end.accept(proxy);

            workload.awaitEnd(DEADLINE);

            assertThat(log.lines(Level.ERROR)).isEmpty();
            assertThat(log.lines(Level.WARN)).noneMatch(line -> line.contains("refused"));
        }
        workload.assertComplete();
        assertThat(executions).hasValue(2);
    }

    @Test
    void aNetworkThatDelaysSwallowsClosesAndResetsLosesNoTask() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("LostAnswersTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        try (FaultyProxy proxy = proxy(seed);
                Engine _ = engine(through(proxy));
                Engine _ = engine(through(proxy))) {
            proxy.throwDice(true);
            proxy.reset();
            underLoad(() -> {});
            System.out.println("LostAnswersTest: " + workload.tasks() + " tasks, " + proxy.faults() + " faults");
            assertThat(proxy.faults()).isPositive();
            proxy.throwDice(false);
            workload.awaitEnd(DEADLINE);
        }
        workload.assertComplete();
    }

    @Test
    void sessionsThatAreEndedInTheMiddleOfWavesLoseNoTask() throws Exception {
        try (Engine _ = engine(database.dataSource());
                Engine _ = engine(database.dataSource())) {
            underLoad(this::endSessions);
            workload.awaitEnd(DEADLINE);
        }
        workload.assertComplete();
    }

    /// One connection is held by the program that the engine is a part of, the other one most of the time.
    @Test
    void aPoolThatIsExhaustedDelaysTasksAndLosesNone() throws Exception {
        Template template = Workload.diamond();
        try (Engine engine = Engine.open(database.dataSource(), 2, LEASE)) {
            engine.serving("work", LostAnswersTest::work).started();
            try (Connection _ = engine.pool().getConnection()) {
                for (int turn = 0; turn < 3; turn++) {
                    workload.create(template, 10);
                    try (Connection _ = held(engine)) {
                        // Longer than the pool lets the engine wait for a connection.
                        await().pollDelay(Duration.ofMillis(900)).until(() -> true);
                    }
                }
                workload.awaitEnd(DEADLINE);
            }
        }
        workload.assertComplete();
    }

    private static Connection held(Engine engine) {
        return await().ignoreExceptions().until(() -> engine.pool().getConnection(), connection -> true);
    }

    private void underLoad(Disturbance disturbance) throws Exception {
        Template template = Workload.diamond();
        long end = System.nanoTime() + LENGTH.toNanos();
        while (System.nanoTime() - end < 0) {
            workload.create(template, Math.max(0, TASKS_UNFINISHED - workload.unfinished()));
            disturbance.strike();
            await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        }
    }

    /// But for those of the test, which creates and watches the tasks.
    private void endSessions() throws SQLException {
        workload.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name <> '" + Workload.NAME + "'");
    }

    private static Engine engine(DataSource source) {
        return Engine.open(source, CONNECTIONS, LEASE)
                .serving("work", LostAnswersTest::work)
                .started();
    }

    private static Object work(Object task, Object sequence, Object step) throws InterruptedException {
        Thread.sleep(ThreadLocalRandom.current().nextInt(20));
        return Map.of();
    }

    private FaultyProxy proxy(long seed) throws Exception {
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        return new FaultyProxy(new InetSocketAddress(address.getHost(), address.getPort()), seed);
    }

    private DataSource through(FaultyProxy proxy) {
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + address.getPath());
        source.setUser(database.user());
        source.setPassword(database.password());
        return source;
    }

    /// What is done to the connections.
    @FunctionalInterface
    private interface Disturbance {
        void strike() throws Exception;
    }
}
