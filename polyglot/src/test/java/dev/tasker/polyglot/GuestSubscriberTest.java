package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import dev.tasker.event.EventPublisher.Delivery;
import dev.tasker.execution.HandlerHost;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import dev.tasker.transition.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Subscribers in guest languages that listen to an engine which runs guest handlers.
class GuestSubscriberTest {
    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final AtomicInteger ORDERS = new AtomicInteger();

    private Tasker tasker;

    @BeforeEach
    void open() {
        List<HandlerHost> hosts = GuestFixture.RUNTIMES.stream()
                .map(runtime -> (HandlerHost) PolyglotHost.open(runtime, PolyglotConfig.defaults()))
                .toList();
        tasker = Tasker.open(
                DATABASE.dataSource(), TaskerConfig.defaults().withPollInterval(Duration.ofMillis(50)), hosts);
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
    void theyGetCustomEventsOfHandlersAndFailAlone() throws Exception {
        try (Logged logged = Logged.attached()) {
            tasker.subscribers().load(GuestFixture.file("events"));
            runShipping();
            assertThat(tasker.events().awaitDelivery(DEADLINE)).isTrue();

            Map<String, Delivery> deliveries = tasker.events().deliveries().stream()
                    .collect(Collectors.toMap(Delivery::subscriber, Function.identity()));
            for (HandlerRuntime runtime : GuestFixture.RUNTIMES) {
                assertDelivered(deliveries.get(runtime.key() + "_audit"), 3, 0);
                assertDelivered(deliveries.get(runtime.key() + "_picky"), 2, 1);
                assertDelivered(deliveries.get(runtime.key() + "_talks"), 0, 3);
                assertThat(logged.problems())
                        .anySatisfy(problem -> assertThat(problem)
                                .contains(runtime.key() + ":")
                                .contains("does not want " + runtime.key())
                                .contains("shipping." + GuestFixture.suffix(runtime)));
            }
            Delivery everything = Objects.requireNonNull(deliveries.get("everything"));
            assertDelivered(everything, everything.delivered(), 0);
            assertThat(everything.delivered()).isGreaterThan(10);
            assertThat(logged.problems())
                    .anySatisfy(problem -> assertThat(problem).contains("a subscriber publishes no events"));
        }
    }

    @Test
    void whatIsPublishedAtTheEndIsStillDelivered() throws Exception {
        try (Logged logged = Logged.attached()) {
            tasker.subscribers().load(GuestFixture.file("events"));
            runShipping();

            tasker.close();

            assertThat(tasker.events().deliveries())
                    .filteredOn(delivery -> delivery.subscriber().endsWith("_audit"))
                    .hasSize(3)
                    .allSatisfy(delivery -> assertDelivered(delivery, 3, 0));
            assertThat(logged.problems()).noneMatch(problem -> problem.contains("closes"));
        }
    }

    @Test
    void aSubscriberThatCannotBeLoadedIsNamedWithItsPlace(@TempDir Path folder) throws IOException {
        String file = GuestFixture.file("events/shipping.py").toString();
        assertRefused(
                folder,
                "lost: {class: Lost, runtime: python, handler_file: %s, events: [task.failed]}".formatted(file),
                ErrorCode.SUBSCRIBER_CLASS_MISSING);
        assertRefused(
                folder,
                "lost: {class: Lost, runtime: python, handler_file: lost.py, events: [task.failed]}",
                ErrorCode.SUBSCRIPTION_INVALID);
        assertThat(tasker.events().deliveries()).isEmpty();
    }

    private void assertRefused(Path folder, String yaml, ErrorCode code) throws IOException {
        Files.writeString(folder.resolve("a.yml"), yaml);
        assertThatThrownBy(() -> tasker.subscribers().load(folder))
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(code))
                .hasMessageContaining("a.yml:1: subscription `lost`: ");
    }

    private static void assertDelivered(Delivery delivery, long delivered, long failed) {
        assertThat(delivery.delivered()).as(delivery.toString()).isEqualTo(delivered);
        assertThat(delivery.failed()).as(delivery.toString()).isEqualTo(failed);
    }

    private void runShipping() throws InterruptedException {
        Template template = new TemplateParser().parse(GuestFixture.file("events/templates/shipping.yaml"));
        tasker.loadHandlers(template, Set.copyOf(GuestFixture.RUNTIMES));
        tasker.start();
        TaskId task = tasker.create(
                tasker.register(template).template(),
                TaskRequest.builder(Map.of("order", ORDERS.incrementAndGet())).build());
        assertThat(tasker.awaitEnd(task, DEADLINE)).isEqualTo(TaskState.COMPLETE);
    }

    /// What the mailboxes log, as one text each.
    private static final class Logged extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger("dev.tasker.event.Mailbox");
        private final Queue<String> problems = new ConcurrentLinkedQueue<>();

        static Logged attached() {
            Logged logged = new Logged();
            logged.start();
            logged.logger.addAppender(logged);
            return logged;
        }

        @Override
        protected void append(ILoggingEvent event) {
            problems.add(event.getFormattedMessage()
                    + (event.getKeyValuePairs() == null ? "" : " " + event.getKeyValuePairs())
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ": " + event.getThrowableProxy().getMessage()));
        }

        Queue<String> problems() {
            return problems;
        }

        @Override
        public void close() {
            logger.detachAppender(this);
        }
    }
}
