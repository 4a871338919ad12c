package dev.tasker.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.TemplateKey;
import dev.tasker.identity.TemplateReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventPublisherTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final EventPublisher publisher = new EventPublisher(
            InstantSource.fixed(NOW), task -> Thread.ofVirtual().start(task));
    private final List<String> got = Collections.synchronizedList(new ArrayList<>());

    @Test
    void aSubscriberGetsWhatItAskedForInTheOrderOfPublishing() {
        publisher.subscribe(EventFilter.of("order.*", "stock.low"), event -> got.add(event.name()));

        for (String name : List.of("order.a", "orders.b", "stock.low", "stock.high", "order.c.d")) {
            publisher.publish(name, Map.of());
        }

        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(got).containsExactly("order.a", "stock.low", "order.c.d");
    }

    @Test
    void typeAndTimeAreInEveryPayload() {
        List<Map<String, Object>> payloads = Collections.synchronizedList(new ArrayList<>());
        publisher.subscribe(event -> payloads.add(Map.copyOf(event.payload())));

        publisher.publish("order.a", Map.of("n", 1));

        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(payloads)
                .containsExactly(Map.of("event_type", "order.a", "timestamp", "2026-03-01T12:00:00Z", "n", 1));
    }

    @Test
    void anEventIsBuiltOnlyWhereSomebodyListens() {
        AtomicInteger built = new AtomicInteger();
        try (Subscription _ = publisher.subscribe(EventFilter.of("order.*"), _ -> {})) {
            publisher.publish("stock.low", () -> {
                built.incrementAndGet();
                return event("stock.low", "a");
            });
            assertThat(publisher.hasSubscriber("stock.low")).isFalse();
            assertThat(publisher.hasSubscriber("order.a")).isTrue();
        }

        assertThat(publisher.hasSubscriber("order.a")).isFalse();
        assertThat(built).hasValue(0);
    }

    @Test
    void whoSubscribesAfterAnEventWasAskedForIsFound() {
        assertThat(publisher.hasSubscriber("order.late")).isFalse();

        publisher.subscribe(event -> got.add(event.name()));

        assertThat(publisher.hasSubscriber("order.late")).isTrue();
    }

    @Test
    void anEventThatCannotBeBuiltFailsNobody() {
        publisher.subscribe(event -> got.add(event.name()));

        publisher.publish("order.a", () -> {
            throw new IllegalStateException("no facts");
        });
        publisher.publish("order.b", Map.of());

        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(got).containsExactly("order.b");
    }

    @Test
    void aSubscriberThatThrowsGetsTheNextEventAndIsCounted() {
        publisher.subscribe(event -> {
            got.add(event.name());
            throw new IllegalStateException("always");
        });

        publisher.publish("order.a", Map.of());
        publisher.publish("order.b", Map.of());

        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(got).containsExactly("order.a", "order.b");
        assertThat(publisher.deliveries())
                .singleElement()
                .satisfies(delivery -> assertThat(delivery.failed()).isEqualTo(2));
    }

    @Test
    void aSlowSubscriberHoldsUpNobodyAndLosesTheNewestEvents() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        publisher.subscribe(EventFilter.all(), new Subscriber() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public java.util.Set<String> events() {
                return java.util.Set.of("*");
            }

            @Override
            public void accept(LifecycleEvent event) throws Exception {
                started.countDown();
                go.await();
                got.add(event.name());
            }
        });
        AtomicInteger fast = new AtomicInteger();
        publisher.publish("order.0", Map.of());
        assertThat(started.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        try (Subscription _ = publisher.watch(EventFilter.all(), _ -> fast.incrementAndGet())) {
            for (int i = 1; i <= Mailbox.EVENTS_MAX + 5; i++) {
                publisher.publish("order." + i, Map.of());
            }
        }

        assertThat(fast).hasValue(Mailbox.EVENTS_MAX + 5);
        assertThat(publisher.deliveries())
                .containsExactly(new EventPublisher.Delivery("slow", Mailbox.EVENTS_MAX, 0, 0, 5));
        assertThat(publisher.awaitDelivery(Duration.ofMillis(1))).isFalse();
        go.countDown();
        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(got).hasSize(Mailbox.EVENTS_MAX + 1).startsWith("order.0", "order.1");
    }

    @Test
    void aClosedSubscriptionGetsNothingMore() {
        Subscription subscription = publisher.subscribe(event -> got.add(event.name()));
        subscription.close();

        publisher.publish("order.a", Map.of());

        assertThat(publisher.awaitDelivery(DEADLINE)).isTrue();
        assertThat(got).isEmpty();
    }

    @Test
    void aFilterKnowsTemplatesAndConditions() {
        EventFilter filter = EventFilter.of("task.*")
                .ofTemplate(TemplateReference.parse("shop.a").orElseThrow())
                .where(event -> event.text("reason").isEmpty());

        assertThat(filter.matches(event("task.completed", "a"))).isTrue();
        assertThat(filter.matches(event("task.completed", "b"))).isFalse();
        assertThat(filter.matches(event("step.completed", "a"))).isFalse();
        assertThat(filter.where(_ -> false).matches(event("task.completed", "a")))
                .isFalse();
        assertThat(EventFilter.of("task.*")
                        .ofTemplate(TemplateReference.parse("shop.a@2.0.0").orElseThrow())
                        .matches(event("task.completed", "a")))
                .isFalse();
    }

    @Test
    void aPatternOfAnotherFormIsRefused() {
        for (String pattern : List.of("", "task.*.x", "*.failed", "task..x", "task completed")) {
            assertThatThrownBy(() -> EventFilter.of(pattern)).as(pattern).isInstanceOf(InvalidRequestException.class);
        }
        assertThatThrownBy(() -> EventFilter.of(List.of())).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void failuresFallIntoCategories() {
        assertThat(category("HTTP_429", "x", "y")).isEqualTo(ErrorCategory.RATE_LIMIT);
        assertThat(category("HTTP_503", "x", "y")).isEqualTo(ErrorCategory.SERVER_ERROR);
        assertThat(category("HTTP_403", "x", "y")).isEqualTo(ErrorCategory.AUTH);
        assertThat(category("HTTP_422", "x", "y")).isEqualTo(ErrorCategory.CLIENT_ERROR);
        assertThat(category("", "Net::ReadTimeout", "y")).isEqualTo(ErrorCategory.TIMEOUT);
        assertThat(category("", "java.lang.RuntimeException", "connection refused"))
                .isEqualTo(ErrorCategory.NETWORK);
        assertThat(category("", "java.lang.RuntimeException", "boom")).isEqualTo(ErrorCategory.RUNTIME);
        assertThat(category("", "Odd", "odd")).isEqualTo(ErrorCategory.OTHER);
    }

    private static ErrorCategory category(String code, String type, String message) {
        return new EventFacts(LifecycleEvent.of(
                        "step.failed",
                        NOW,
                        EventSubject.NONE,
                        Map.of("error_code", code, "exception_class", type, "error_message", message)))
                .errorCategory()
                .orElseThrow();
    }

    private static LifecycleEvent event(String name, String template) {
        TemplateKey key = new TemplateKey("shop", template, new SemanticVersion(1, 0, 0));
        return LifecycleEvent.of(name, NOW, EventSubject.of(new TaskId(1), key), Map.of());
    }
}
