package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import dev.tasker.template.Template;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
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
        List<String> warnings = loseAnAnswer(Duration.ofSeconds(60), FaultyProxy::reset);
        assertThat(workload.history().steps()).allMatch(step -> step.attempts() == 1);
        assertThat(warnings).noneMatch(line -> line.contains("refused"));
    }

    /// The connection stays open, and nothing ever tells the engine that it is dead. The claim may come to the end of
    /// its
    /// lease before it is given back.
    @Test
    void anAnswerThatNeverComesIsNotAwaitedForEver() throws Exception {
        loseAnAnswer(Duration.ofSeconds(5), _ -> {});
    }

    /// Also the changes of the wave whose answer is lost are published, and each once.
    ///
    /// @return the warnings of the engine
    private List<String> loseAnAnswer(Duration lease, Consumer<FaultyProxy> end) throws Exception {
        List<LifecycleEvent> published = new CopyOnWriteArrayList<>();
        List<String> warnings;
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
                        .watched(published::add)
                        .started()) {
            workload.awaitStep(task, "a", "in_progress");
            proxy.loseAnswersTo(FATAL_RESULT);
            mayEnd.countDown();
            // Recorded and claimed in one wave, whose answer never comes.
            workload.awaitStep(task, "b", "in_progress");
            end.accept(proxy);

            workload.awaitEnd(DEADLINE);

            await("every change is published")
                    .atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(published)
                            .extracting(LostAnswersTest::change)
                            .containsExactlyInAnyOrderElementsOf(changes()));
            assertThat(log.lines(Level.ERROR)).isEmpty();
            warnings = log.lines(Level.WARN);
        }
        workload.assertComplete();
        assertThat(executions).hasValue(2);
        return warnings;
    }

    private static String change(LifecycleEvent event) {
        return change(event.step() == null ? 0 : event.step().id().value(), event.fromState(), event.toState());
    }

    private static String change(long step, @Nullable String from, @Nullable String to) {
        return step + ": " + from + " > " + to;
    }

    private List<String> changes() {
        return workload.history().moves().stream()
                .map(move -> change(move.step().orElse(0L), move.from(), move.to()))
                .toList();
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
            underLoad(() -> {}, () -> proxy.faults() > 0);
            System.out.println("LostAnswersTest: " + workload.tasks() + " tasks, " + proxy.faults() + " faults");
            proxy.throwDice(false);
            // Those that are open keep their faults.
            proxy.reset();
            workload.awaitEnd(DEADLINE);
        }
        workload.assertComplete();
    }

    @Test
    void sessionsThatAreEndedInTheMiddleOfWavesLoseNoTask() throws Exception {
        try (Engine _ = engine(database.dataSource());
                Engine _ = engine(database.dataSource())) {
            underLoad(this::endSessions, () -> true);
            workload.awaitEnd(DEADLINE);
        }
        workload.assertComplete();
    }

    /// One connection is held by the program that the engine is a part of, the other one most of the time.
    @Test
    void aPoolThatIsExhaustedDelaysTasksAndLosesNone() throws Exception {
        Template template = Workload.diamond();
        Duration wait = Duration.ofSeconds(1);
        try (Engine engine = Engine.open(Engine.pool(database.dataSource(), 2, wait), LEASE, Clock.systemUTC())) {
            engine.serving("work", LostAnswersTest::work).started();
            try (Connection _ = engine.pool().getConnection()) {
                for (int turn = 0; turn < 3; turn++) {
                    workload.create(template, 10);
                    try (Connection _ = held(engine)) {
                        // Longer than the pool lets the engine wait for a connection.
                        await().pollDelay(wait.plusMillis(500)).until(() -> true);
                    }
                }
                workload.awaitEnd(DEADLINE);
            }
        }
        workload.assertComplete();
    }

    private static Connection held(Engine engine) {
        return await().atMost(DEADLINE)
                .ignoreExceptions()
                .until(() -> engine.pool().getConnection(), connection -> true);
    }

    /// For some time, and until the disturbance has had an effect.
    private void underLoad(Disturbance disturbance, BooleanSupplier effect) throws Exception {
        Template template = Workload.diamond();
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < LENGTH.toNanos() || !effect.getAsBoolean()) {
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LENGTH.plus(DEADLINE));
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
