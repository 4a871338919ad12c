package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventDefinition;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.TransitionEvents;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.request.TaskRequest;
import dev.tasker.store.Database;
import dev.tasker.store.WaveStore;
import dev.tasker.template.Template;
import dev.tasker.transition.TaskEvent;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.WaveRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineEventsTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String FAST = "|backoff: {strategy: fixed, base_seconds: 0.01, jitter: 0}";

    private final List<LifecycleEvent> events = new CopyOnWriteArrayList<>();
    private Tasker tasker;

    @BeforeEach
    void open() {
        tasker = Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), List.of());
        tasker.events().watch(EventFilter.all(), events::add);
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
    void everyPayloadOfARealRunFitsItsSchema() throws Exception {
        tasker.register("one", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("again");
            }
            return Map.of("secret", "s3cr3t");
        }));
        tasker.register("two", handler((task, sequence, step) -> null));
        tasker.register("bad", handler((task, sequence, step) -> {
            throw new RetryableError("busy", Duration.ofMillis(5), Map.of());
        }));
        run(template("one" + FAST, "two <- one"), Set.of());
        run(template("bad" + FAST + ";default_retry_limit: 2", "two"), Set.of());
        run(template("one|skippable: true", "two <- one|skippable: true"), Set.of("one", "two"));
        tasker.registries().healthSummary();
        tasker.registries().statistics();
        tasker.close();

        EventCatalog catalog = new EventCatalog();
        for (LifecycleEvent event : events) {
            EventDefinition definition = catalog.info(event.name()).orElseThrow();
            assertThat(definition.defectsOf(event.payload())).isEmpty();
            assertThat(definition.isPublished()).as(event.name()).isTrue();
            assertThat(event.payload().toString()).doesNotContain("s3cr3t");
        }
        assertThat(events)
                .extracting(LifecycleEvent::name)
                .contains(
                        "task.initialize_requested",
                        "task.start_requested",
                        "task.completed",
                        "task.failed",
                        "step.initialize_requested",
                        "step.execution_requested",
                        "step.before_handle",
                        "step.handle",
                        "step.completed",
                        "step.failed",
                        "step.retry_requested",
                        "step.skipped",
                        "workflow.task_started",
                        "workflow.task_completed",
                        "workflow.task_failed",
                        "workflow.step_completed",
                        "workflow.step_failed",
                        "workflow.viable_steps_discovered",
                        "workflow.no_viable_steps",
                        "workflow.task_finalization_started",
                        "workflow.task_finalization_completed",
                        "workflow.task_reenqueue_delayed",
                        "workflow.steps_execution_started",
                        "workflow.steps_execution_completed",
                        "observability.task.handle",
                        "observability.task.enqueue",
                        "observability.task.finalize",
                        "observability.step.handle",
                        "observability.step.find_viable",
                        "observability.step.backoff",
                        "observability.step.skip",
                        "observability.step.max_retries_reached",
                        "handler.registered",
                        "registry.health_check",
                        "registry.stats_collected");
    }

    @Test
    void aFailureTellsTheErrorAndWhenItRunsAgain() throws Exception {
        tasker.register("pay", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("declined", Duration.ofMillis(20), Map.of("card", "4711"));
            }
            return null;
        }));

        run(template("pay"), Set.of());

        LifecycleEvent failed = only("step.failed");
        assertThat(failed.payload())
                .containsEntry("error_message", "declined")
                .containsEntry("exception_class", RetryableError.class.getName())
                .containsEntry("attempt_number", 1)
                .containsEntry("retryable", true);
        assertThat((List<?>) failed.payload().get("backtrace")).hasSizeBetween(1, 10);
        assertThat(failed.payload().toString()).doesNotContain("4711");
        assertThat(failed.retriesAt().orElseThrow()).isAfter(failed.at());
        assertThat(only("observability.step.backoff").payload())
                .containsEntry("backoff_type", "server_requested")
                .containsEntry("backoff_seconds", 0.02);
        assertThat(only("task.completed").payload())
                .containsEntry("total_steps", 1)
                .containsEntry("completed_steps", 1)
                .containsKey("total_execution_duration");
    }

    @Test
    void aTaskWhoseStepsAreAllBypassedTellsEveryTransition() throws Exception {
        TaskId task = run(template("one|skippable: true", "two <- one|skippable: true"), Set.of("one", "two"));

        List<String> stored = tasker.task(task).transitions().stream()
                .map(move -> move.fromState() + ">" + move.toState())
                .toList();
        assertThat(events.stream()
                        .filter(event -> event.isAbout(task) && event.fromState() != null)
                        .map(event -> event.fromState() + ">" + event.toState()))
                .containsExactlyElementsOf(stored);
        assertThat(only("task.initialize_requested").fromState()).isNull();
    }

    @Test
    void anExpiredLeaseIsToldWithWhatBecameOfItsTask() throws Exception {
        Template template = template("lost|default_retry_limit: 1");
        TaskId task = tasker.create(tasker.register(template).template(), request(Set.of()));
        new WaveStore(new Database(DATABASE.dataSource()))
                .advance(new WaveRequest(
                        List.of(),
                        new WorkerId("dead"),
                        Map.of(new HandlerKey(HandlerRuntime.JAVA, "lost"), 1),
                        1,
                        Duration.ofMillis(1),
                        Optional.of(task)));
        CountDownLatch failed = new CountDownLatch(1);
        tasker.events().watch(EventFilter.of("workflow.task_failed"), event -> failed.countDown());

        tasker.start();

        assertThat(failed.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(only("step.lease_expired").payload())
                .containsEntry("worker", "dead")
                .containsEntry("runs_again", false)
                .containsEntry("step_name", "lost")
                .containsEntry("task_name", template.key().name());
        assertThat(events)
                .filteredOn(event -> event.isAbout(task) && event.fromState() != null)
                .extracting(LifecycleEvent::name)
                .containsExactly("step.lease_expired", "task.failed");
        assertThat(only("observability.step.max_retries_reached").isAbout(task)).isTrue();
        EventCatalog catalog = new EventCatalog();
        assertThat(events)
                .allSatisfy(event -> assertThat(
                                catalog.info(event.name()).orElseThrow().defectsOf(event.payload()))
                        .isEmpty());
    }

    @Test
    void customEventsOfAnAttemptFollowItsCommit() throws Exception {
        tasker.register("ship", Ship::new);

        TaskId task = run(template("ship" + FAST), Set.of());

        assertThat(events.stream()
                        .filter(event -> event.isAbout(task))
                        .map(LifecycleEvent::name)
                        .filter(name -> name.startsWith("order.")
                                || name.equals("step.failed")
                                || name.equals("step.completed")))
                .containsExactly("step.failed", "order.tried", "step.completed", "order.tried", "order.shipped");
        LifecycleEvent shipped = only("order.shipped");
        assertThat(shipped.payload())
                .containsEntry("event_type", "order.shipped")
                .containsEntry("step_name", "ship")
                .containsEntry("carrier", "post");
        assertThat(shipped.isTransition()).isFalse();
    }

    @Test
    void aHandlerThatPublishesUnderAReservedNameFailsForGood() throws Exception {
        tasker.register("bad", config -> new StepHandler(config) {
            @Override
            public @Nullable Object process(Task task, Sequence sequence, Step step) {
                publish("task.completed", Map.of());
                return null;
            }
        });

        TaskId task = run(template("bad"), Set.of());

        assertThat(tasker.state(task)).isEqualTo(TaskState.ERROR);
        assertThat(only("step.failed").payload()).containsEntry("error_code", ErrorCode.EVENT_INVALID.name());
    }

    @Test
    void whatAnAttemptMayPublishIsBounded() {
        dev.tasker.execution.AttemptEvents attempt = new dev.tasker.execution.AttemptEvents();
        assertThatThrownBy(() -> attempt.publish("order.x", Map.of("o", new Object())))
                .isInstanceOf(PermanentError.class)
                .hasMessageContaining("payload.o");
        assertThatThrownBy(() -> attempt.publish("order.x", Map.of("o", "x".repeat(70_000))))
                .isInstanceOf(PermanentError.class);
        for (int i = 0; i < dev.tasker.execution.EventSink.EVENTS_MAX; i++) {
            attempt.publish("order.x", Map.of());
        }
        assertThatThrownBy(() -> attempt.publish("order.x", Map.of())).isInstanceOf(PermanentError.class);

        assertThat(attempt.take()).hasSize(dev.tasker.execution.EventSink.EVENTS_MAX);
        attempt.publish("order.late", Map.of());
        assertThat(attempt.take()).isEmpty();
    }

    @Test
    void aTemplateDeclaresItsCustomEventsWhenItIsRegistered() {
        tasker.register(template(
                Map.of("custom_events", "[{name: order.opened, description: new}]"),
                "a" + "|custom_events: [{name: order.closed}]"));
        assertThat(tasker.subscribers().catalog().customEvents())
                .extracting(EventDefinition::name)
                .contains("order.opened", "order.closed");

        Template reserved = template("a|custom_events: [{name: task.mine}]");
        assertThatThrownBy(() -> tasker.register(reserved)).isInstanceOf(InvalidRequestException.class);
        assertThat(tasker.templates()).noneMatch(known -> known.template().key().equals(reserved.key()));
    }

    @Test
    void anOperatorsTransitionHasTheNameOfTheTable() {
        TransitionEvents transitions = new TransitionEvents(tasker.events());
        Template template = template("a");
        EventSubject task = EventSubject.of(new TaskId(7), template.key());

        transitions.publishTaskTransition(
                task, TaskState.PENDING, TaskEvent.PAUSE, Instant.EPOCH, Map.of("operator", "anna"));

        assertThat(only("task.paused").payload())
                .containsEntry("operator", "anna")
                .containsEntry("to_state", "paused");
        assertThatThrownBy(() -> transitions.publishTaskTransition(
                        task, TaskState.COMPLETE, TaskEvent.PAUSE, Instant.EPOCH, Map.of()))
                .isInstanceOf(IllegalStateException.class);
    }

    private TaskId run(Template template, Set<String> bypass) throws InterruptedException {
        CountDownLatch finalized = new CountDownLatch(1);
        tasker.start();
        Stream.of("task.completed", "task.failed")
                .forEach(name -> tasker.events().watch(EventFilter.of(name), event -> {
                    if (template.key().equals(event.template())) {
                        finalized.countDown();
                    }
                }));
        TaskId task = tasker.create(tasker.register(template).template(), request(bypass));
        assertThat(tasker.awaitEnd(task, DEADLINE).isTerminal()).isTrue();
        assertThat(finalized.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return task;
    }

    private LifecycleEvent only(String name) {
        assertThat(events).extracting(LifecycleEvent::name).containsOnlyOnce(name);
        return events.stream()
                .filter(event -> event.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static TaskRequest request(Set<String> bypass) {
        return TaskRequest.builder(Map.of()).bypassSteps(bypass).build();
    }

    /// Fails once; tells of every try.
    private static final class Ship extends StepHandler {
        Ship(Map<String, @Nullable Object> config) {
            super(config);
        }

        @Override
        public @Nullable Object process(Task task, Sequence sequence, Step step) {
            publish("order.tried", Map.of("attempt", step.attempts()));
            if (step.attempts() == 1) {
                throw new RetryableError("no van");
            }
            publish("order.shipped", Map.of("carrier", "post"));
            return null;
        }
    }
}
