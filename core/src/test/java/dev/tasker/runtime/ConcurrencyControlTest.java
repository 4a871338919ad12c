package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.execution.ConcurrencyFormula;
import dev.tasker.execution.ConcurrencyFormula.Load;
import dev.tasker.execution.ConcurrencyFormula.Pool;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.Database;
import dev.tasker.store.LoadStore;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ConcurrencyControlTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Load QUIET = new Load(1, 1_000, 1, 1_000);
    private static final Load BUSY = new Load(1_000, 1_000, 1_000, 1_000);

    private final AtomicReference<Load> load = new AtomicReference<>(QUIET);
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicLong now = new AtomicLong();

    @Test
    void byDefaultTheSlotsAloneLimit() {
        assertThat(control(Pacing.defaults()).free(1_000)).isEqualTo(Integer.MAX_VALUE);
        assertThat(reads).hasValue(0);
    }

    @Test
    void aDynamicLimitCountsWhatRunsAndIsKeptForThirtySeconds() {
        ConcurrencyControl control = control(dynamic());

        assertThat(control.free(0)).isEqualTo(12);
        load.set(BUSY);
        assertThat(control.free(5)).isEqualTo(7);
        assertThat(control.free(40)).isZero();
        assertThat(reads).hasValue(1);

        now.addAndGet(Pacing.LIMIT_HOLDS_DEFAULT.toNanos());
        assertThat(control.free(0)).isEqualTo(4);
        assertThat(reads).hasValue(2);
    }

    @Test
    void whileTheDatabaseIsAwayTheLimitStays() {
        ConcurrencyControl control = new ConcurrencyControl(
                dynamic(),
                () -> {
                    throw new StoreUnavailableException(ErrorCode.DATABASE_UNAVAILABLE, "away", Map.of());
                },
                Optional::empty,
                now::get);

        assertThat(control.free(0)).isEqualTo(ConcurrencyFormula.MIN_DEFAULT);
    }

    @Test
    void anEngineRunsNoMoreStepsThanTheFormulaAllows() throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (TestDatabase database = TestDatabase.create();
                Tasker tasker = Tasker.open(
                        database.dataSource(), TaskerConfig.defaults().withPacing(dynamic()), List.of())) {
            tasker.register("counted", handler((task, sequence, step) -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                if (most.get() >= ConcurrencyFormula.MIN_DEFAULT) {
                    mayEnd.countDown();
                }
                boolean ended = mayEnd.await(20, TimeUnit.SECONDS);
                running.decrementAndGet();
                return ended;
            }));
            List<TaskId> tasks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                tasks.add(tasker.create(
                        tasker.register(template("counted")).template(),
                        TaskRequest.builder(Map.of()).build()));
            }
            tasker.start();

            for (TaskId task : tasks) {
                assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            }
        }
        // A data source without a pool: its pressure is not known.
        assertThat(most).hasValue(ConcurrencyFormula.MIN_DEFAULT);
    }

    @Test
    void theFiguresComeFromTheTablesAndFromThePool() {
        try (TestDatabase database = TestDatabase.create();
                HikariDataSource pool = pool(database);
                Tasker tasker = Tasker.open(pool, TaskerConfig.defaults(), List.of())) {
            LoadStore store = new LoadStore(new Database(pool), pool);
            assertThat(store.load()).isEqualTo(new Load(0, 0, 0, 0));
            tasker.create(
                    tasker.register(template("a", "b", "c <- a b")).template(),
                    TaskRequest.builder(Map.of()).build());

            assertThat(store.load().activeTasks()).isEqualTo(1);
            assertThat(store.load().activeSteps()).isEqualTo(2);
            assertThat(store.unfinishedTasks(10)).isEqualTo(1);
            assertThat(store.pool())
                    .hasValueSatisfying(figures -> assertThat(figures.size()).isEqualTo(7));
            assertThat(new LoadStore(new Database(pool), database.dataSource()).pool())
                    .isEmpty();
        }
    }

    private ConcurrencyControl control(Pacing pacing) {
        return new ConcurrencyControl(
                pacing,
                () -> {
                    reads.incrementAndGet();
                    return load.get();
                },
                () -> Optional.of(new Pool(0, 100)),
                now::get);
    }

    private static Pacing dynamic() {
        return Pacing.defaults().withDynamicConcurrency(ConcurrencyFormula.defaults());
    }

    private static HikariDataSource pool(TestDatabase database) {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(database.dataSource());
        settings.setMaximumPoolSize(7);
        return new HikariDataSource(settings);
    }
}
