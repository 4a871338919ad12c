package dev.tasker.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ConflictException;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.execution.HandlerSource;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistriesTest {
    private final EventPublisher publisher = new EventPublisher(
            InstantSource.fixed(Instant.EPOCH), task -> Thread.ofVirtual().start(task));
    private final Registries registries = new Registries(publisher);
    private final List<LifecycleEvent> events = new ArrayList<>();

    @BeforeEach
    void listen() {
        publisher.watch(EventFilter.all(), events::add);
    }

    @Test
    void aHandlerIsListedWithItsSourceAndTold() {
        HandlerKey key = new HandlerKey(HandlerRuntime.RUBY, "Charge");
        HandlerSource source = new HandlerSource(key, Path.of("/h/charge.rb"));

        registries.handlers().add(source);
        registries.handlers().add(source);

        assertThat(registries.handlers().byRuntime()).containsExactly(Map.entry(HandlerRuntime.RUBY, List.of(source)));
        registries.handlers().remove(key);
        assertThat(registries.handlers().keys()).isEmpty();
        assertThat(events)
                .extracting(LifecycleEvent::name)
                .containsExactly("handler.registered", "handler.unregistered");
        assertConform();
    }

    @Test
    void anExporterIsFoundByFormat() {
        Exporter json = exporter("json", "json", "jsonl");
        registries.plugins().register(json, false);
        registries.plugins().register(exporter("csv", "csv"), false);

        assertThat(registries.plugins().forFormat("jsonl")).isSameAs(json);
        assertThat(registries.plugins().formats()).containsExactly("csv", "json", "jsonl");
        assertThatThrownBy(() -> registries.plugins().forFormat("xml"))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("csv, json, jsonl");
        assertConform();
    }

    @Test
    void aTakenNameIsRefusedUnlessItIsToBeReplaced() {
        Exporter first = exporter("json", "json");
        Exporter second = exporter("json", "json");
        registries.plugins().register(first, false);

        assertThatThrownBy(() -> registries.plugins().register(second, false)).isInstanceOf(ConflictException.class);
        assertThat(registries.plugins().forFormat("json")).isSameAs(first);
        registries.plugins().register(second, true);
        assertThat(registries.plugins().forFormat("json")).isSameAs(second);
        assertThat(registries.plugins().registry().statistics())
                .isEqualTo(new Registry.Statistics("plugins", 1, 1, 1, 0, 1));
    }

    @Test
    void aRefusedRegistrationRegistersNothingAndIsTold() {
        Map<String, Exporter> two = new LinkedHashMap<>();
        two.put("good", exporter("good", "json"));
        two.put("bad", exporter("bad"));

        assertThatThrownBy(() -> registries.plugins().registry().registerAll(two, false))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("it supports no format");

        assertThat(registries.plugins().registry().entries()).isEmpty();
        assertThat(events).extracting(LifecycleEvent::name).containsExactly("plugin.validation_failed");
        assertConform();
    }

    @Test
    void ofManyThatRegisterTheSameNameOneWins() throws Exception {
        int threads = 16;
        CountDownLatch start = new CountDownLatch(1);
        AtomicInteger won = new AtomicInteger();
        List<Thread> racers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            racers.add(Thread.ofVirtual().start(() -> {
                try {
                    start.await();
                    registries.plugins().register(exporter("json", "json"), false);
                    won.incrementAndGet();
                } catch (ConflictException | InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        start.countDown();
        for (Thread racer : racers) {
            racer.join();
        }

        assertThat(won).hasValue(1);
    }

    @Test
    void subscribersAreFoundByEvent() {
        registries
                .subscribers()
                .registry()
                .register(
                        "alerts",
                        new SubscriberRegistry.Entry("alerts", EventFilter.of("task.*"), "code", false),
                        false);

        assertThat(registries.subscribers().byEvent("task.failed")).hasSize(1);
        assertThat(registries.subscribers().byEvent("step.failed")).isEmpty();
        assertConform();
    }

    @Test
    void statisticsAndHealthCoverAllRegistries() {
        Set<String> formats = new java.util.HashSet<>(Set.of("json"));
        registries.plugins().register(new Formats("json", formats), false);

        assertThat(registries.healthSummary().isHealthy()).isTrue();
        formats.clear();
        Registries.HealthSummary sick = registries.healthSummary();

        assertThat(sick.isHealthy()).isFalse();
        assertThat(sick.registries().get(1).problems()).containsExactly("json: it supports no format");
        assertThat(registries.statistics())
                .extracting(Registry.Statistics::registry)
                .containsExactly("handlers", "plugins", "subscribers");
        assertThat(registries.find("plugins")).isPresent();
        assertThat(registries.find("others")).isEmpty();
        assertConform();
    }

    private void assertConform() {
        EventCatalog catalog = new EventCatalog();
        assertThat(events)
                .isNotEmpty()
                .allSatisfy(event -> assertThat(
                                catalog.info(event.name()).orElseThrow().defectsOf(event.payload()))
                        .isEmpty());
    }

    private static Exporter exporter(String name, String... formats) {
        return new Formats(name, Set.of(formats));
    }

    private record Formats(String name, Set<String> supportedFormats) implements Exporter {
        @Override
        public void export(String format, Map<String, Object> data, OutputStream out) {}
    }
}
