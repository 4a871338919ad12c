package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.result.StepResult;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class ShutdownTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void anOutcomeThatIsBeingEncodedIsRecordedBeforeTheEngineStops() throws Exception {
        CountDownLatch encoding = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Tasker tasker = Tasker.open(DATABASE.dataSource(), TaskerConfig.defaults(), List.of());
        tasker.register("a", handler((task, sequence, step) -> new SlowMap(encoding, mayEnd)));
        tasker.start();
        TaskId task = tasker.create(
                tasker.register(template("a")).template(),
                TaskRequest.builder(Map.of()).build());
        encoding.await();

        Thread closing = Thread.ofPlatform().start(tasker::close);
        assertThat(closing.join(Duration.ofMillis(500))).as("closed too early").isFalse();
        mayEnd.countDown();
        assertThat(closing.join(DEADLINE)).isTrue();

        assertThat(tasker.state(task)).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void anAttemptThatIsBeingStartedWhenTheEngineIsToldToStopMayEnd() throws Exception {
        HandlerKey key = new HandlerKey(HandlerRuntime.PYTHON, "a");
        StoppingHost host = new StoppingHost();
        Tasker tasker = Tasker.open(DATABASE.dataSource(), TaskerConfig.defaults(), List.of(host));
        host.atStart = tasker::stopClaiming;
        tasker.loadHandler(new HandlerSource(key, null));
        tasker.start();
        TaskId task = tasker.create(
                tasker.register(template("a|runtime: python")).template(),
                TaskRequest.builder(Map.of()).build());
        Consumer<StepResult> completion = host.started.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

        Thread closing = Thread.ofPlatform().start(tasker::close);
        assertThat(closing.join(Duration.ofMillis(500))).as("closed too early").isFalse();
        completion.accept(new StepResult.Success("done"));
        assertThat(closing.join(DEADLINE)).isTrue();

        assertThat(tasker.state(task)).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void anEngineEndsAlthoughItsDatabaseIsNotToBeReached() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(DATABASE.jdbcUrl());
        source.setUser(DATABASE.user());
        source.setPassword(DATABASE.password());
        Tasker tasker = Tasker.open(source, TaskerConfig.defaults(), List.of());
        tasker.start();
        // A port on which nobody listens.
        source.setPortNumbers(new int[] {1});

        assertThatCode(tasker::close).doesNotThrowAnyException();
    }

    /// Stops its engine while it starts an attempt, which the test completes.
    private static final class StoppingHost implements HandlerHost {
        private final CompletableFuture<Consumer<StepResult>> started = new CompletableFuture<>();
        private volatile Runnable atStart = () -> {};

        @Override
        public HandlerRuntime runtime() {
            return HandlerRuntime.PYTHON;
        }

        @Override
        public int slots() {
            return 1;
        }

        @Override
        public HandlerDeclaration load(HandlerSource source) {
            return HandlerDeclaration.NONE;
        }

        @Override
        public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
            atStart.run();
            started.complete(completion);
            return () -> {};
        }

        @Override
        public void close() {}
    }

    /// A result that takes its time when it is read.
    private static final class SlowMap extends AbstractMap<String, Object> {
        private final CountDownLatch encoding;
        private final CountDownLatch mayEnd;

        SlowMap(CountDownLatch encoding, CountDownLatch mayEnd) {
            this.encoding = encoding;
            this.mayEnd = mayEnd;
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            encoding.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException problem) {
                throw new IllegalStateException(problem);
            }
            return Map.<String, Object>of("slow", true).entrySet();
        }
    }
}
