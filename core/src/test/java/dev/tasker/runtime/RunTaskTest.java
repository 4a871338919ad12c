package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.NotFoundException;
import dev.tasker.error.RetryableError;
import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.reenqueue.JobVerdict.Again;
import dev.tasker.reenqueue.JobVerdict.Ended;
import dev.tasker.reenqueue.JobVerdict.NothingToDo;
import dev.tasker.reenqueue.ReenqueueReason;
import dev.tasker.reenqueue.TaskQueue;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RunTaskTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String SLOW_RETRY = "|backoff: {strategy: fixed, base_seconds: 2, jitter: 0}";
    private static final AtomicInteger QUEUES = new AtomicInteger();

    private MemoryQueue queue;
    private Tasker tasker;

    @BeforeEach
    void open() {
        queue = new MemoryQueue("queue_" + QUEUES.incrementAndGet());
        tasker = engine(config(), queue);
        queue.addWorker(tasker);
    }

    @AfterEach
    void close() {
        tasker.close();
        queue.close();
        assertThat(queue.problems()).isEmpty();
    }

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aTaskRunsInJobsOfTheQueueThatItNames() throws Exception {
        Template template = template("first", "left <- first", "right <- first", "last <- left right");
        List.of("first", "left", "right", "last").forEach(name -> tasker.register(name, returning(name)));

        TaskId task = create(template);

        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        await().atMost(DEADLINE).until(() -> !queue.verdicts().isEmpty());
        assertThat(queue.verdicts()).containsExactly(new Ended(TaskState.COMPLETE));
        assertThat(queue.enqueued()).singleElement().satisfies(job -> {
            assertThat(job.delay()).isZero();
            assertThat(job.reason()).isEqualTo("ready_for_processing");
        });
    }

    @Test
    void aStartedEngineLeavesSuchATaskToItsQueue() throws Exception {
        queue.lose(_ -> true);
        tasker.register("waits", returning(1));
        tasker.register("runs", returning(1));
        tasker.start();
        TaskId outside = create(template("waits"));
        TaskId inside = tasker.create(
                tasker.register(template("runs")).template(),
                TaskRequest.builder(Map.of()).build());

        assertThat(tasker.awaitEnd(inside, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        assertThat(tasker.state(outside)).isEqualTo(TaskState.PENDING);
        assertThat(tasker.runTask(outside)).isEqualTo(new Ended(TaskState.COMPLETE));
    }

    @Test
    void aRetryComesBackWithTheDelayOfItsBackoff() throws Exception {
        tasker.register("flaky", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("not yet");
            }
            return "done";
        }));

        TaskId task = create(template("flaky" + SLOW_RETRY));

        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        assertThat(queue.enqueued(task)).hasSize(2);
        MemoryQueue.Enqueued again = queue.enqueued(task).getLast();
        assertThat(again.reason()).isEqualTo("retry_backoff");
        assertThat(again.delay()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(2));
    }

    @Test
    void aRetryThatIsDueWhileAnotherStepRunsIsRunByTheSameJob() throws Exception {
        queue.lose(_ -> true);
        CountDownLatch retried = new CountDownLatch(1);
        tasker.register("fails_once", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("not yet");
            }
            retried.countDown();
            return "done";
        }));
        tasker.register("runs_long", handler((task, sequence, step) -> retried.await(20, TimeUnit.SECONDS)));
        TaskId task =
                create(template("fails_once|backoff: {strategy: fixed, base_seconds: 0.2, jitter: 0}", "runs_long"));

        assertThat(tasker.runTask(task)).isEqualTo(new Ended(TaskState.COMPLETE));
        assertThat(result(tasker.task(task), "runs_long")).isEqualTo(true);
    }

    @Test
    void everyTaskEndsAlthoughEveryOtherJobIsLost() throws Exception {
        try (MemoryQueue lossy = new MemoryQueue("lossy");
                Tasker one = engine(lossyConfig(), lossy);
                Tasker two = engine(lossyConfig(), lossy)) {
            lossy.lose(job -> job.number() % 2 == 0);
            List.of(one, two).forEach(lossy::addWorker);
            AtomicInteger executions = new AtomicInteger();
            for (Tasker engine : List.of(one, two)) {
                engine.register("count", handler((task, sequence, step) -> {
                    executions.incrementAndGet();
                    if (step.attempts() == 1 && step.name().equals("b")) {
                        throw new RetryableError("once more");
                    }
                    return step.name();
                }));
            }
            Template template = template(
                    "a|handler_class: count",
                    "b <- a|handler_class: count;backoff: {strategy: fixed, base_seconds: 0.1, jitter: 0}",
                    "c <- b|handler_class: count");
            List<TaskId> tasks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                tasks.add(create(one, template, "lossy"));
            }

            for (TaskId task : tasks) {
                assertThat(one.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
            }
            assertThat(executions).hasValue(20 * 4);
            assertThat(lossy.problems()).isEmpty();
        }
    }

    @Test
    void aSecondJobFindsNothingToDo() throws Exception {
        queue.lose(_ -> true);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger executions = new AtomicInteger();
        tasker.register("slow", handler((task, sequence, step) -> {
            executions.incrementAndGet();
            started.countDown();
            return mayEnd.await(20, TimeUnit.SECONDS);
        }));
        TaskId task = create(template("slow"));
        try (Tasker other = engine(config(), queue)) {
            other.register("slow", returning("never"));
            CompletableFuture<JobVerdict> first = runElsewhere(task);
            started.await();

            assertThat(tasker.runTask(task)).isEqualTo(new NothingToDo());
            assertThat(other.runTask(task))
                    .isEqualTo(new Again(Duration.ofSeconds(5), ReenqueueReason.STEPS_IN_PROGRESS));
            assertThat(other.runTask(task)).isEqualTo(new NothingToDo());
            assertThat(queue.enqueued(task).getLast().reason()).isEqualTo("steps_in_progress");
            mayEnd.countDown();

            assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(new Ended(TaskState.COMPLETE));
            assertThat(other.runTask(task)).isEqualTo(new Ended(TaskState.COMPLETE));
        }
        assertThat(executions).hasValue(1);
    }

    @Test
    void aQueueThatThrowsIsAskedAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (MemoryQueue inner = new MemoryQueue("broken");
                Tasker engine = engine(lossyConfig(), throwing(inner, asked))) {
            inner.addWorker(engine);
            engine.register("fails_once", handler((task, sequence, step) -> {
                if (step.attempts() == 1) {
                    throw new RetryableError("not yet");
                }
                return "done";
            }));

            TaskId task = create(
                    engine, template("fails_once|backoff: {strategy: fixed, base_seconds: 0.1, jitter: 0}"), "broken");

            assertThat(engine.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        }
        // First refused by the sweep, then taken; refused by the job, then taken.
        assertThat(asked.get()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void readyStepsWithoutAHandlerHereComeBackLater() throws Exception {
        queue.lose(_ -> true);
        tasker.register("here", returning(1));
        TaskId task = create(template("here", "elsewhere <- here"));

        assertThat(tasker.runTask(task))
                .isEqualTo(new Again(Duration.ofSeconds(5), ReenqueueReason.READY_STEPS_AVAILABLE));
        assertThat(queue.enqueued(task).getLast().reason()).isEqualTo("ready_steps_available");
    }

    @Test
    void aJobWaitsForAFreeSlot() throws Exception {
        queue.lose(_ -> true);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (Tasker narrow = engine(config().withJavaSlots(1), queue)) {
            narrow.register("blocks", handler((task, sequence, step) -> {
                started.countDown();
                return mayEnd.await(20, TimeUnit.SECONDS);
            }));
            narrow.register("quick", returning(1));
            TaskId first = create(narrow, template("blocks"), queue.name());
            TaskId second = create(narrow, template("quick"), queue.name());
            CompletableFuture<JobVerdict> one = run(narrow, first);
            started.await();
            CompletableFuture<JobVerdict> two = run(narrow, second);
            mayEnd.countDown();

            assertThat(one.get(20, TimeUnit.SECONDS)).isEqualTo(new Ended(TaskState.COMPLETE));
            assertThat(two.get(20, TimeUnit.SECONDS)).isEqualTo(new Ended(TaskState.COMPLETE));
        }
    }

    @Test
    void aJobWhoseEngineStopsGivesItsTaskToAnother() throws Exception {
        queue.lose(_ -> true);
        CountDownLatch started = new CountDownLatch(1);
        Tasker stopping = engine(config().withShutdownTimeout(Duration.ofMillis(50)), queue);
        stopping.register("moves", handler((task, sequence, step) -> {
            started.countDown();
            new CountDownLatch(1).await();
            return "never";
        }));
        TaskId task = create(stopping, template("moves"), queue.name());
        CompletableFuture<JobVerdict> job = run(stopping, task);
        started.await();

        stopping.close();

        assertThat(job.get(20, TimeUnit.SECONDS))
                .isEqualTo(new Again(Duration.ZERO, ReenqueueReason.READY_STEPS_AVAILABLE));
        tasker.register("moves", returning("moved"));
        assertThat(tasker.runTask(task)).isEqualTo(new Ended(TaskState.COMPLETE));
        assertThat(tasker.task(task).steps().getFirst().attempts()).isEqualTo(1);
    }

    @Test
    void aTaskWhoseWorkerHasDiedIsHandedOverAgain() throws Exception {
        queue.lose(job -> job.number() == 0);
        tasker.register("orphan", returning("done"));
        TaskId task = create(template("orphan"));
        await().atMost(DEADLINE).until(() -> !queue.enqueued(task).isEmpty());
        DeadWorker.claim(DATABASE.dataSource(), task, "orphan", Duration.ofMillis(200));

        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        assertThat(tasker.task(task).steps().getFirst().attempts()).isEqualTo(2);
    }

    @Test
    void aTaskThatIsToStartLaterIsNotEnqueuedBefore() throws Exception {
        tasker.register("later", returning(1));
        Instant start = Instant.now().plusSeconds(3);
        TaskId task = tasker.create(
                tasker.register(template("later")).template(),
                TaskRequest.builder(Map.of())
                        .enqueuer(queue.name())
                        .startAt(start)
                        .build());

        assertThat(queue.enqueued(task)).isEmpty();
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        TaskSnapshot snapshot = tasker.task(task);
        assertThat(snapshot.transitions()).allMatch(move -> !move.at().isBefore(start));
    }

    @Test
    void aTaskWithoutAQueueCanBeRunByHandToo() throws Exception {
        tasker.register("by_hand", returning(1));
        TaskId task = tasker.create(
                tasker.register(template("by_hand")).template(),
                TaskRequest.builder(Map.of()).build());

        assertThat(tasker.runTask(task)).isEqualTo(new Ended(TaskState.COMPLETE));
        assertThat(tasker.task(task).steps()).allMatch(step -> step.state() == StepState.COMPLETE);
    }

    @Test
    void anInterruptedJobLosesNoOutcome() throws Exception {
        queue.lose(_ -> true);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        tasker.register("goes_on", handler((task, sequence, step) -> {
            started.countDown();
            return mayEnd.await(20, TimeUnit.SECONDS);
        }));
        TaskId task = create(template("goes_on"));
        CompletableFuture<Throwable> stopped = new CompletableFuture<>();
        Thread job = Thread.ofPlatform().start(() -> {
            try {
                tasker.runTask(task);
            } catch (Throwable problem) {
                stopped.complete(problem);
            }
        });
        started.await();

        job.interrupt();

        assertThat(stopped.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        mayEnd.countDown();
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
    }

    @Test
    void anUnknownTaskIsAClearError() {
        assertThatThrownBy(() -> tasker.runTask(new TaskId(987_654_321))).isInstanceOf(NotFoundException.class);
    }

    private TaskId create(Template template) {
        return create(tasker, template, queue.name());
    }

    private static TaskId create(Tasker engine, Template template, String enqueuer) {
        return engine.create(
                engine.register(template).template(),
                TaskRequest.builder(Map.of()).enqueuer(enqueuer).build());
    }

    private CompletableFuture<JobVerdict> runElsewhere(TaskId task) {
        return run(tasker, task);
    }

    private static CompletableFuture<JobVerdict> run(Tasker engine, TaskId task) {
        CompletableFuture<JobVerdict> verdict = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                verdict.complete(engine.runTask(task));
            } catch (Throwable problem) {
                verdict.completeExceptionally(problem);
            }
        });
        return verdict;
    }

    private static TaskQueue throwing(MemoryQueue inner, AtomicInteger asked) {
        BiConsumer<TaskId, Duration> everyOther = (task, _) -> {
            if (asked.getAndIncrement() % 2 == 0) {
                throw new IllegalStateException("the broker is away");
            }
        };
        return new TaskQueue() {
            @Override
            public String name() {
                return inner.name();
            }

            @Override
            public void enqueue(TaskId task, Duration delay, String reason) {
                everyOther.accept(task, delay);
                inner.enqueue(task, delay, reason);
            }
        };
    }

    private static java.util.function.Function<Map<String, Object>, dev.tasker.execution.StepHandler> returning(
            Object value) {
        return handler((task, sequence, step) -> value);
    }

    private static Object result(TaskSnapshot snapshot, String step) {
        return snapshot.steps().stream()
                .filter(candidate -> candidate.name().equals(step))
                .findFirst()
                .orElseThrow()
                .results();
    }

    private static Tasker engine(TaskerConfig config, TaskQueue queue) {
        return Tasker.open(DATABASE.dataSource(), config, List.of(), List.of(queue));
    }

    private static TaskerConfig config() {
        return TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50));
    }

    private static TaskerConfig lossyConfig() {
        return config().withPacing(Pacing.defaults().withEnqueueRepeat(Duration.ofMillis(500)));
    }
}
