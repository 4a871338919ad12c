package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.RetryableError;
import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventFilter;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.TaskQueue;
import dev.tasker.request.TaskRequest;
import dev.tasker.transition.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ReenqueueEventsTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String SLOW_RETRY = "|backoff: {strategy: fixed, base_seconds: 0.5, jitter: 0}";

    private final List<LifecycleEvent> events = new CopyOnWriteArrayList<>();

    @AfterAll
    static void drop() {
        DATABASE.close();
    }

    @Test
    void aTaskThatComesBackIsToldOfWithItsQueueAndReason() throws Exception {
        try (MemoryQueue queue = new MemoryQueue("told");
                Tasker tasker = open(queue, Pacing.ENQUEUE_REPEAT_DEFAULT)) {
            queue.addWorker(tasker);
            TaskId task = create(tasker, queue.name());

            assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
        }

        assertThat(names())
                .containsExactly(
                        "workflow.task_reenqueue_started",
                        "workflow.task_reenqueue_requested",
                        "workflow.task_reenqueue_delayed");
        assertThat(events)
                .allSatisfy(event -> assertThat(event.payload())
                        .containsEntry("queue", "told")
                        .containsEntry("reason", "retry_backoff"));
        assertThat(events.getLast().payload()).containsKeys("delay_seconds", "scheduled_for");
    }

    @Test
    void aQueueThatTakesNoTaskIsToldOfAlsoTheFirstTime() throws Exception {
        MemoryQueue queue = new MemoryQueue("refuses");
        AtomicBoolean refused = new AtomicBoolean();
        TaskQueue brittle = new TaskQueue() {
            @Override
            public String name() {
                return queue.name();
            }

            @Override
            public void enqueue(TaskId task, Duration delay, String reason) {
                if (refused.compareAndSet(false, true)) {
                    throw new IllegalStateException("the broker is away");
                }
                queue.enqueue(task, delay, reason);
            }
        };
        try (Tasker tasker = open(brittle, Duration.ofMillis(500))) {
            queue.addWorker(tasker);
            create(tasker, queue.name());
            await().atMost(DEADLINE).until(() -> !events.isEmpty());
        }

        assertThat(names().getFirst()).isEqualTo("workflow.task_reenqueue_failed");
        assertThat(events.getFirst().payload())
                .containsEntry("reason", "ready_for_processing")
                .containsEntry("error_message", "the broker is away");
    }

    /// An engine whose events of queues are kept.
    private Tasker open(TaskQueue queue, Duration repeat) {
        TaskerConfig config = TaskerConfig.defaults()
                .withPollInterval(Duration.ofMillis(50))
                .withPacing(Pacing.defaults().withEnqueueRepeat(repeat));
        Tasker tasker = Tasker.open(DATABASE.dataSource(), config, List.of(), List.of(queue));
        tasker.register("flaky", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("not yet");
            }
            return "done";
        }));
        tasker.events().watch(EventFilter.of("workflow.*"), event -> {
            // What the wave tells has no queue.
            if (event.payload().containsKey("queue")) {
                events.add(event);
            }
        });
        return tasker;
    }

    private List<String> names() {
        EventCatalog catalog = new EventCatalog();
        assertThat(events)
                .allSatisfy(event -> assertThat(
                                catalog.info(event.name()).orElseThrow().defectsOf(event.payload()))
                        .isEmpty());
        return events.stream().map(LifecycleEvent::name).toList();
    }

    private static TaskId create(Tasker tasker, String queue) {
        return tasker.create(
                tasker.register(template("flaky" + SLOW_RETRY)).template(),
                TaskRequest.builder(Map.of()).enqueuer(queue).build());
    }
}
