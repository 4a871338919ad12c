package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.AttemptEvents.Published;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Progress;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Custom events of guest handlers: the same in the three languages.
class PublishTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void eventsReachTheAttemptWithTheirPayload(HandlerRuntime runtime) {
        AttemptEvents events = new AttemptEvents();

        assertThat(GuestFixture.results(run(runtime, "Ship", events))).isEqualTo("done");

        Map<String, Object> payload = Map.of(
                "by",
                runtime.name().toLowerCase(Locale.ROOT),
                "carrier",
                "post",
                "items",
                Arrays.asList(1L, 2.5, null, Map.of("deep", true)),
                "order",
                GuestFixture.defaultContext());
        assertThat(events.take())
                .isEqualTo(List.of(new Published("order.shipped", payload), new Published("order.closed", Map.of())));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void aPayloadThatCannotBeSentIsAnErrorThatNamesThePath(HandlerRuntime runtime) {
        assertRefused(runtime, "Nan", "payload.items[1]");
        assertRefused(runtime, "Nul", "payload.text: the text contains the character U+0000");
        assertRefused(runtime, "NoMap", "its payload must be a map");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void aReservedNameIsAnErrorThatTheHandlerCanCatch(HandlerRuntime runtime) {
        AttemptEvents events = new AttemptEvents();

        assertThat(GuestFixture.results(run(runtime, "Reserved", events))).isEqualTo("EVENT_INVALID");
        assertThat(events.take()).isEmpty();
    }

    private static void assertRefused(HandlerRuntime runtime, String handler, String reason) {
        AttemptEvents events = new AttemptEvents();

        StepError error = GuestFixture.error(run(runtime, handler, events));

        assertThat(error.retryable()).isFalse();
        assertThat(error.errorCode()).isEqualTo("EVENT_INVALID");
        assertThat(error.message())
                .startsWith("event `order.shipped` cannot be published: ")
                .contains(reason);
        assertThat(error.context()).containsEntry("event", "order.shipped");
        assertThat(error.cause()).isNull();
        assertThat(events.take()).isEmpty();
    }

    private static StepResult run(HandlerRuntime runtime, String handler, AttemptEvents events) {
        String name = runtime == HandlerRuntime.RUBY ? "Orders::" + handler : handler;
        HandlerKey key = new HandlerKey(runtime, name);
        GUESTS.host(runtime)
                .load(new HandlerSource(key, GuestFixture.file("events/shipping." + GuestFixture.suffix(runtime))));
        StepAttempt plain = GuestFixture.attempt(key, GuestFixture.defaultContext());
        StepAttempt attempt = new StepAttempt(
                plain.claimId(),
                key,
                plain.task(),
                plain.sequence(),
                plain.step(),
                null,
                plain.dataFolder(),
                plain.timeout(),
                events,
                Progress.NONE);
        return GUESTS.started(runtime, attempt).result();
    }
}
