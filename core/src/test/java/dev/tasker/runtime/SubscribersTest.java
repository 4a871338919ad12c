package dev.tasker.runtime;

import static dev.tasker.runtime.Workflows.handler;
import static dev.tasker.runtime.Workflows.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ConflictException;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.RetryableError;
import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.event.JavaSubscriberFactory;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.Subscriber;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateReference;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Subscribers.Start;
import dev.tasker.template.Template;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubscribersTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final String FAST = "|backoff: {strategy: fixed, base_seconds: 0.01, jitter: 0}";

    private final Template template = template("one" + FAST, "two <- one");
    private final EventFilter filter = EventFilter.of("task.*", "step.*")
            .ofTemplate(TemplateReference.parse(
                            template.key().namespace() + "." + template.key().name())
                    .orElseThrow());
    private Tasker tasker;

    @BeforeEach
    void open() {
        tasker = engine();
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
    void aDurableSubscriberGetsEveryTransitionInOrderWithAPayloadThatFits() throws Exception {
        Recorder recorder = new Recorder();
        tasker.subscribers().addDurable(recorder, filter, Start.END);

        TaskId task = run();

        List<String> stored = stored(task);
        List<LifecycleEvent> got = recorder.take(stored.size());
        assertThat(got).extracting(SubscribersTest::passage).containsExactlyElementsOf(stored);
        EventCatalog catalog = new EventCatalog();
        assertThat(got)
                .allSatisfy(event -> assertThat(
                                catalog.info(event.name()).orElseThrow().defectsOf(event.payload()))
                        .isEmpty());
        LifecycleEvent failed = got.stream()
                .filter(event -> event.name().equals("step.failed"))
                .findFirst()
                .orElseThrow();
        assertThat(failed.payload())
                .containsEntry("error_message", "again")
                .containsEntry("attempt_number", 1)
                .containsKeys("transition_id", "retries_at", "worker");
    }

    @Test
    void whatWasCommittedWhileNobodyListenedIsDeliveredLater() throws Exception {
        Recorder recorder = new Recorder();
        tasker.subscribers().addDurable(recorder, filter, Start.END).close();
        TaskId task = run();
        assertThat(recorder.got).isEmpty();

        try (Tasker other = engine()) {
            other.subscribers().addDurable(recorder, filter, Start.END);
            assertThat(recorder.take(stored(task).size()))
                    .extracting(SubscribersTest::passage)
                    .containsExactlyElementsOf(stored(task));
        }
    }

    @Test
    void aNewSubscriberMayBeginWithWhatIsThere() throws Exception {
        TaskId task = run();
        Recorder recorder = new Recorder();

        tasker.subscribers().addDurable(recorder, filter, Start.BEGINNING);

        assertThat(recorder.take(stored(task).size()))
                .extracting(SubscribersTest::passage)
                .containsExactlyElementsOf(stored(task));
    }

    @Test
    void anEventWhoseSubscriberThrowsComesAgainBeforeAnyOther() throws Exception {
        Recorder recorder = new Recorder();
        recorder.failures.set(1);
        tasker.subscribers().addDurable(recorder, filter, Start.END);

        TaskId task = run();

        List<String> stored = stored(task);
        List<String> got = recorder.take(stored.size() + 1).stream()
                .map(SubscribersTest::passage)
                .toList();
        assertThat(got.get(0)).isEqualTo(got.get(1)).isEqualTo(stored.getFirst());
        assertThat(got.subList(1, got.size())).containsExactlyElementsOf(stored);
    }

    @Test
    void ofTwoProcessesOneDeliversAndTheOtherTakesOver() throws Exception {
        Recorder recorder = new Recorder();
        try (Tasker other = engine()) {
            other.subscribers().addDurable(recorder, filter, Start.END);
            tasker.subscribers().addDurable(recorder, filter, Start.END);
            TaskId first = run();
            assertThat(recorder.take(stored(first).size()))
                    .extracting(SubscribersTest::passage)
                    .containsExactlyElementsOf(stored(first));
        }

        TaskId second = run();

        assertThat(recorder.take(stored(second).size()))
                .extracting(SubscribersTest::passage)
                .containsExactlyElementsOf(stored(second));
        assertThat(recorder.got).isEmpty();
    }

    @Test
    void aDurableSubscriberCannotAskForWhatIsNotStored() {
        for (String pattern : List.of("workflow.*", "task.initialized", "order.shipped", "step.handle")) {
            assertThatThrownBy(() -> tasker.subscribers()
                            .addDurable(new Recorder(), EventFilter.of("task.*", pattern), Start.END))
                    .as(pattern)
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining(pattern);
        }
        assertThat(tasker.registries().subscribers().registry().entries()).isEmpty();
    }

    @Test
    void aNameIsTakenOnce() {
        Recorder recorder = new Recorder();
        Subscription first = tasker.subscribers().add(recorder);

        assertThatThrownBy(() -> tasker.subscribers().add(recorder)).isInstanceOf(ConflictException.class);
        first.close();
        tasker.subscribers().add(recorder).close();
        assertThat(tasker.registries().subscribers().registry().entries()).isEmpty();
    }

    @Test
    void subscribersOfAFolderListenAllOrNone(@TempDir Path folder) throws Exception {
        JavaSubscriberFactory factory = new JavaSubscriberFactory(SubscribersTest.class.getClassLoader());
        Files.writeString(folder.resolve("a.yml"), """
                ends: {class: "%s", events: [task.completed], config: {key: %s}}
                off: {class: com.acme.None, enabled: false}
                """.formatted(Collector.class.getName(), folder.getFileName()));
        assertThat(tasker.subscribers().load(folder, factory)).hasSize(1);

        TaskId task = run();

        LifecycleEvent event = Collector.GOT.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        assertThat(event.isAbout(task)).isTrue();
        assertThat(tasker.registries().subscribers().byEvent("task.completed"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.source()).endsWith("a.yml:1"));

        Files.writeString(folder.resolve("a.yml"), """
                fresh: {class: "%1$s", config: {}}
                ends: {class: "%1$s", config: {}}
                """.formatted(Collector.class.getName()));
        assertThatThrownBy(() -> tasker.subscribers().load(folder, factory)).isInstanceOf(ConflictException.class);
        assertThat(tasker.registries().subscribers().registry().entries()).containsOnlyKeys("ends");
    }

    private TaskId run() throws InterruptedException {
        tasker.register("one", handler((task, sequence, step) -> {
            if (step.attempts() == 1) {
                throw new RetryableError("again");
            }
            return 1;
        }));
        tasker.register("two", handler((task, sequence, step) -> 2));
        tasker.start();
        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of()).build());
        assertThat(tasker.awaitEnd(task, DEADLINE).isTerminal()).isTrue();
        return task;
    }

    private List<String> stored(TaskId task) {
        return tasker.task(task).transitions().stream()
                .map(move ->
                        task + " " + move.stepName().orElse("task") + ":" + move.fromState() + ">" + move.toState())
                .toList();
    }

    private static String passage(LifecycleEvent event) {
        return event.task() + " "
                + Optional.ofNullable(event.step())
                        .map(LifecycleEvent.StepRef::name)
                        .orElse("task") + ":" + event.fromState() + ">" + event.toState();
    }

    private static Tasker engine() {
        return Tasker.open(
                DATABASE.dataSource(),
                TaskerConfig.defaults().withPollInterval(Duration.ofMillis(20)).withLease(Duration.ofSeconds(5)),
                List.of());
    }

    private static final class Recorder implements Subscriber {
        private final String name = "recorder-" + NAMES.incrementAndGet();
        private final BlockingQueue<LifecycleEvent> got = new LinkedBlockingQueue<>();
        private final AtomicInteger failures = new AtomicInteger();

        @Override
        public String name() {
            return name;
        }

        @Override
        public Set<String> events() {
            return Set.of("task.*", "step.*");
        }

        @Override
        public void accept(LifecycleEvent event) {
            got.add(event);
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("not now");
            }
        }

        List<LifecycleEvent> take(int number) throws InterruptedException {
            List<LifecycleEvent> taken = new java.util.ArrayList<>();
            while (taken.size() < number) {
                LifecycleEvent event = got.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS);
                assertThat(event).as("event %s of %s", taken.size() + 1, number).isNotNull();
                taken.add(event);
            }
            return taken;
        }
    }

    /// A subscriber that a file names.
    public static final class Collector implements Subscriber {
        static final BlockingQueue<LifecycleEvent> GOT = new ArrayBlockingQueue<>(10);

        @Override
        public Set<String> events() {
            return Set.of("task.completed");
        }

        @Override
        public void accept(LifecycleEvent event) {
            GOT.add(event);
        }
    }
}
