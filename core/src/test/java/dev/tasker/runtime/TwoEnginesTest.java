package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TwoEnginesTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void eachEngineRunsTheStepsOfItsOwnHandlersInOneTask() throws Exception {
        Template template = template("here", "there <- here", "back <- there");
        Set<String> ranBy = ConcurrentHashMap.newKeySet();
        try (Tasker one = engine();
                Tasker two = engine()) {
            one.register("here", handler((task, sequence, step) -> ranBy.add("one:here")));
            two.register("there", handler((task, sequence, step) -> ranBy.add("two:there")));
            one.register("back", handler((task, sequence, step) -> ranBy.add("one:back")));
            one.start();
            two.start();
            TaskId task = one.create(
                    one.register(template).template(),
                    TaskRequest.builder(Map.of()).build());

            assertThat(two.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        }
        assertThat(ranBy).containsExactlyInAnyOrder("one:here", "two:there", "one:back");
    }

    @Test
    void twoEnginesThatRaceForTheSameStepsRunEachOnce() throws Exception {
        Template template = template("race|handler_class: race", "after <- race|handler_class: race");
        AtomicInteger executions = new AtomicInteger();
        try (Tasker one = engine();
                Tasker two = engine()) {
            for (Tasker engine : List.of(one, two)) {
                engine.register("race", handler((task, sequence, step) -> executions.incrementAndGet()));
                engine.start();
            }
            List<TaskId> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                tasks.add(one.create(
                        one.register(template).template(),
                        TaskRequest.builder(Map.of()).build()));
            }
            for (TaskId task : tasks) {
                assertThat(one.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
                TaskSnapshot snapshot = one.task(task);
                assertThat(snapshot.steps()).allMatch(step -> step.attempts() == 1);
            }
        }
        assertThat(executions).hasValue(200);
    }

    @Test
    void aTaskThatFailsFastInOneEngineStopsItsHandlerInTheOther() throws Exception {
        Template template = template(Map.of("failure_policy", "fail_fast"), "bad|default_retry_limit: 1", "stuck");
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        TaskerConfig quick =
                TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)).withLease(Duration.ofSeconds(3));
        try (Tasker one = Tasker.open(DATABASE.dataSource(), quick, List.of());
                Tasker two = Tasker.open(DATABASE.dataSource(), quick, List.of())) {
            one.register("bad", handler((task, sequence, step) -> {
                running.await();
                throw new IllegalStateException("boom");
            }));
            two.register("stuck", handler((task, sequence, step) -> {
                running.countDown();
                try {
                    return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                } catch (InterruptedException problem) {
                    interrupted.countDown();
                    return "stopped";
                }
            }));
            one.start();
            two.start();
            TaskId task = one.create(
                    one.register(template).template(),
                    TaskRequest.builder(Map.of()).build());

            assertThat(one.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.ERROR);
            assertThat(interrupted.await(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            await().atMost(DEADLINE)
                    .until(() -> one.task(task).steps().stream().anyMatch(step -> "stopped".equals(step.results())));
        }
    }

    @Test
    void aHandlerThatIsNoStepHandlerIsRefusedWithItsReason() {
        Assertions.assertThatThrownBy(() -> load("java.lang.String", null))
                .isInstanceOf(HandlerLoadException.class)
                .hasMessageContaining("does not extend");
        Assertions.assertThatThrownBy(() -> load("com.acme.Missing", null))
                .isInstanceOf(HandlerLoadException.class)
                .hasMessageContaining("com.acme.Missing");
        Assertions.assertThatThrownBy(() -> load("com.acme.Missing", Path.of("no.jar")))
                .isInstanceOf(HandlerLoadException.class)
                .hasMessageContaining("no.jar does not exist");
    }

    private static JavaHandlerFactory load(String type, Path file) {
        return JavaHandlerFactory.load(
                new HandlerSource(HandlerKey.parse("java:" + type).orElseThrow(), file));
    }

    private static Tasker engine() {
        return Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());
    }
}
