package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.event.EventSubject;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.SubscriptionDeclaration;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class GuestSubscriberTest {
    private static final LifecycleEvent EVENT =
            LifecycleEvent.of("order.shipped", Instant.EPOCH, EventSubject.NONE, Map.of("carrier", "post"));
    private static final Duration SHORT = Duration.ofMillis(10);

    @Test
    void theEventIsTheContextAndTheConfigIsThatOfTheDeclaration() {
        GuestSubscriber subscriber = subscriber(
                new Host((attempt, completion) -> {
                    assertThat(attempt.task().context())
                            .containsEntry("event_type", "order.shipped")
                            .containsEntry("carrier", "post");
                    assertThat(attempt.step().config()).containsEntry("channel", "ops");
                    completion.accept(new StepResult.Success(null));
                }),
                GuestSubscriber.LIMIT);

        assertThatCode(() -> subscriber.accept(EVENT)).doesNotThrowAnyException();
        assertThat(subscriber.name()).isEqualTo("audit");
        assertThat(subscriber.events()).containsExactly("order.shipped");
    }

    @Test
    void aFailureIsThrownWithItsClassAndLine() {
        StepError error =
                new StepError("ValueError", "no", null, true, null, Map.of(), null, List.of("audit.py:3:in handle"));
        GuestSubscriber subscriber = subscriber(
                new Host((_, completion) -> completion.accept(new StepResult.Failure(error))), GuestSubscriber.LIMIT);

        assertThatThrownBy(() -> subscriber.accept(EVENT))
                .isInstanceOf(RetryableError.class)
                .hasMessage("python:Audit failed: ValueError: no (audit.py:3:in handle)");
    }

    @Test
    void aSubscriberThatDoesNotReturnIsCancelled() {
        Host host = new Host((_, _) -> {});

        assertThatThrownBy(() -> subscriber(host, SHORT).accept(EVENT))
                .isInstanceOf(RetryableError.class)
                .hasMessageContaining("python:Audit did not take an event within 10 ms");
        assertThat(host.cancelled).hasValue(1);
    }

    @Test
    void itPublishesNoEvents() {
        GuestSubscriber subscriber = subscriber(
                new Host((attempt, _) -> attempt.events().publish("order.heard", Map.of())), GuestSubscriber.LIMIT);

        assertThatThrownBy(() -> subscriber.accept(EVENT))
                .isInstanceOf(PermanentError.class)
                .hasMessageContaining("a subscriber publishes no events");
    }

    private static GuestSubscriber subscriber(HandlerHost host, Duration limit) {
        SubscriptionDeclaration declaration = new SubscriptionDeclaration(
                "audit",
                "Audit",
                HandlerRuntime.PYTHON,
                Optional.of(Path.of("audit.py")),
                true,
                List.of("order.shipped"),
                Optional.empty(),
                false,
                Map.of("channel", "ops"),
                "audit.yml:1");
        return new GuestSubscriber(host, new HandlerKey(HandlerRuntime.PYTHON, "Audit"), declaration, limit);
    }

    /// A host whose attempts do what a test says.
    private record Host(BiConsumer<StepAttempt, Consumer<StepResult>> body, AtomicInteger cancelled)
            implements HandlerHost {
        Host(BiConsumer<StepAttempt, Consumer<StepResult>> body) {
            this(body, new AtomicInteger());
        }

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
            body.accept(attempt, completion);
            return cancelled::incrementAndGet;
        }

        @Override
        public void close() {}
    }
}
