package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.PermanentError;
import dev.tasker.event.EventFilter;
import dev.tasker.identity.TaskId;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.operation.TaskAction;
import dev.tasker.request.TaskRequest;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Operators' actions on an engine that runs.
class OperationsTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Operator ANN = new Operator("ann", "ticket 7");

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private Tasker tasker;

    @BeforeEach
    void open() {
        tasker = Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());
    }

    @AfterEach
    void close() {
        tasker.close();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void cancellingATaskInterruptsItsHandlerInTheSameEngine() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        tasker.register("endless", handler((task, sequence, step) -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException _) {
                interrupted.countDown();
            }
            return "late";
        }));
        TaskId task = start(template("endless", "after <- endless|handler_class: endless"));
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        tasker.operations().perform(new TaskAction.Cancel(), task, ANN);

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.CANCELLED);
        assertThat(tasker.task(task).steps()).allSatisfy(step -> {
            assertThat(step.state()).isEqualTo(StepState.CANCELLED);
            assertThat(step.results()).isNull();
        });
    }

    @Test
    void eachChangeIsPublishedOnceAfterItsCommit() throws Exception {
        tasker.register("blocked", handler((task, sequence, step) -> {
            throw new PermanentError("no", "NO", Map.of());
        }));
        TaskId task = start(template("blocked", "after <- blocked|handler_class: blocked"));
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.ERROR);
        // Its failure may be told only now.
        tasker.events()
                .subscribe(
                        EventFilter.of("task.resolved_manually", "task.cancelled", "step.cancelled"),
                        event -> heard.add(event.name()));

        tasker.operations().perform(new TaskAction.Resolve(), task, ANN);
        tasker.operations().perform(new TaskAction.Cancel(), task, ANN);

        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("task.resolved_manually");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("task.cancelled");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("step.cancelled");
        assertThat(heard).isEmpty();
    }

    @Test
    void aStepThatIsCompletedByHandLetsItsChildrenRunWithTheResult() throws Exception {
        tasker.register("pay", handler((task, sequence, step) -> {
            throw new PermanentError("no such card", "CARD_UNKNOWN", Map.of());
        }));
        tasker.register("ship", handler((task, sequence, step) -> sequence.resultsOf("pay")));
        TaskId task = start(template("pay", "ship <- pay"));
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.ERROR);

        tasker.operations()
                .perform(
                        new StepAction.Complete(Map.of("receipt", "paper")),
                        tasker.operations().stepNamed(task, "pay"),
                        ANN);

        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        assertThat(tasker.task(task).steps().getLast().results()).isEqualTo(Map.of("receipt", "paper"));
    }

    @Test
    void aPausedTaskFinishesItsRunningStepAndGoesOnAfterTheResume() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger seconds = new AtomicInteger();
        tasker.register("first", handler((task, sequence, step) -> {
            started.countDown();
            mayEnd.await();
            return "done";
        }));
        tasker.register("second", handler((task, sequence, step) -> seconds.incrementAndGet()));
        TaskId task = start(template("first", "second <- first"));
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        // The start of the handler may be told only now.
        tasker.events().subscribe(EventFilter.of("task.paused", "step.completed"), event -> heard.add(event.name()));

        tasker.operations().perform(new TaskAction.Pause(), task, ANN);
        mayEnd.countDown();

        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("task.paused");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("step.completed");
        assertThat(seconds).hasValue(0);
        tasker.operations().perform(new TaskAction.Resume(), task, ANN);
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        assertThat(seconds).hasValue(1);
    }

    private TaskId start(Template template) {
        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of()).build());
        tasker.start();
        return task;
    }
}
