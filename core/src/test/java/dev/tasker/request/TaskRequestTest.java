package dev.tasker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskRequestTest {
    @Test
    void aBlankTextIsRefusedWithItsField() {
        assertRefused(request -> request.initiator(" "), "initiator", "is blank");
        assertRefused(request -> request.correlationId(""), "correlation_id", "is blank");
        assertRefused(request -> request.tags(List.of("a", "")), "tags", "is blank");
    }

    @Test
    void aTextWithMoreCharactersThanCanBeStoredIsRefused() {
        assertRefused(request -> request.reason("x".repeat(129)), "reason", "129 characters");
        assertRefused(request -> request.sourceSystem("x".repeat(129)), "source_system", "at most 128");
        assertRefused(request -> request.idempotencyKey("x".repeat(256)), "idempotency_key", "at most 255");
        assertThat(builder().reason("\uD83D\uDE00".repeat(128)).build().reason())
                .hasSize(256);
    }

    @Test
    void aControlCharacterIsRefusedWithItsPlace() {
        assertRefused(request -> request.reason("one\ntwo"), "reason", "U+000A", "position 3");
        assertRefused(request -> request.parentCorrelationId("\u0000"), "parent_correlation_id", "U+0000");
    }

    @Test
    void halfOfACharacterIsRefused() {
        assertRefused(request -> request.reason("x\uD83D"), "reason", "surrogate");
    }

    @Test
    void tagsAreBoundedAndStandOnce() {
        assertRefused(request -> request.tags(List.of("a", "b", "a")), "tags", "`a` twice");
        assertRefused(
                request -> request.tags(
                        IntStream.range(0, 65).mapToObj(i -> "t" + i).toList()),
                "tags",
                "65 entries",
                "at most 64");
    }

    @Test
    void aNegativeDelayIsRefused() {
        assertRefused(request -> request.delay(Duration.ofMillis(-1)), "delay", "negative");
        assertRefused(request -> request.deadline(Duration.ofSeconds(-5)), "deadline", "negative");
    }

    @Test
    void aDelayOrDeadlineBeyondTheLimitIsRefused() {
        assertRefused(request -> request.delay(Duration.ofDays(3_651)), "delay", "3650 days");
        assertRefused(request -> request.deadline(Duration.ZERO), "deadline", "1 ms to");
        assertRefused(request -> request.deadline(Duration.ofSeconds(Long.MAX_VALUE)), "deadline", "3650 days");
    }

    @Test
    void timesThatNoDatabaseHoldsAreRefused() {
        assertRefused(request -> request.startAt(Instant.MAX), "start_at", "years 1 to 9999");
        assertRefused(request -> request.requestedAt(Instant.MIN), "requested_at", "years 1 to 9999");
    }

    @Test
    void aStartAndADelayTogetherAreRefused() {
        assertRefused(
                request -> request.startAt(Instant.EPOCH).delay(Duration.ZERO), "delay", "both start_at and delay");
    }

    @Test
    void aContextThatIsTooLargeIsRefusedWithItsSize() {
        Map<String, Object> large = Map.of("text", "x".repeat(TaskRequest.CONTEXT_BYTES_MAX));

        assertThatThrownBy(() -> TaskRequest.builder(large).build())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("4194315 bytes")
                .hasMessageContaining("store large data elsewhere");
    }

    @Test
    void anAnnotationOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> new Annotation("", 1)).hasMessageContaining("annotations.type is blank");
        assertThatThrownBy(() -> new Annotation("note", new Object())).hasMessageContaining("not JSON-like");
        assertThatThrownBy(() -> new Annotation("note", "x".repeat(Annotation.VALUE_BYTES_MAX)))
                .hasMessageContaining("65538 bytes");
        assertRefused(
                request -> request.annotations(Collections.nCopies(101, new Annotation("note", 1))),
                "annotations",
                "101 entries");
    }

    @Test
    void aRequestDoesNotChangeWithWhatItWasMadeOf() {
        Map<String, Object> context = new java.util.HashMap<>(Map.of("items", Arrays.asList(1, 2)));
        TaskRequest request = TaskRequest.builder(context).build();

        context.put("more", true);

        assertThat(request.context()).isEqualTo(Map.of("items", List.of(1, 2)));
    }

    @Test
    void aDocumentIsReadIntoTheSameRequest() {
        TaskRequest read = TaskRequestReader.read(Map.ofEntries(
                Map.entry("context", Map.of("n", 1)),
                Map.entry("initiator", "ann"),
                Map.entry("source_system", "shop"),
                Map.entry("reason", "because"),
                Map.entry("tags", List.of("a")),
                Map.entry("bypass_steps", List.of("b")),
                Map.entry("priority", 7),
                Map.entry("correlation_id", "c"),
                Map.entry("parent_correlation_id", "p"),
                Map.entry("requested_at", "2026-01-31T13:00:00+01:00"),
                Map.entry("delay_seconds", 1.5),
                Map.entry("deadline_seconds", 60),
                Map.entry("draft", true),
                Map.entry("identity_strategy", "hash"),
                Map.entry("idempotency_key", "k"),
                Map.entry("annotations", List.of(Map.of("type", "note", "value", "hello")))));

        assertThat(read)
                .isEqualTo(TaskRequest.builder(Map.of("n", 1))
                        .initiator("ann")
                        .sourceSystem("shop")
                        .reason("because")
                        .tags(List.of("a"))
                        .bypassSteps(Set.of("b"))
                        .priority(7)
                        .correlationId("c")
                        .parentCorrelationId("p")
                        .requestedAt(Instant.parse("2026-01-31T12:00:00Z"))
                        .delay(Duration.ofMillis(1_500))
                        .deadline(Duration.ofMinutes(1))
                        .draft(true)
                        .identityStrategy("hash")
                        .idempotencyKey("k")
                        .annotations(List.of(new Annotation("note", "hello")))
                        .build());
    }

    @Test
    void aDocumentOfAnotherFormIsRefusedWithItsField() {
        assertDocumentRefused("bogus", 1, "unknown key `bogus`");
        assertDocumentRefused("priority", 1.5, "whole number");
        assertDocumentRefused("tags", "a", "must be a list");
        assertDocumentRefused("tags", List.of(1), "must be a text");
        assertDocumentRefused("draft", "yes", "true or false");
        assertDocumentRefused("start_at", "tomorrow", "a time such as");
        assertDocumentRefused("delay_seconds", -3, "negative");
        assertDocumentRefused("delay_seconds", 1e300, "number of seconds");
        assertDocumentRefused("annotations", List.of(Map.of("type", "note")), "type and value");
        assertThatThrownBy(() -> TaskRequestReader.read(Map.of("initiator", "ann")))
                .hasMessageContaining("no context");
    }

    private static void assertDocumentRefused(String key, Object value, String part) {
        assertThatThrownBy(() -> TaskRequestReader.read(Map.of("context", Map.of(), key, value)))
                .isInstanceOfSatisfying(InvalidRequestException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.REQUEST_INVALID);
                    assertThat(problem).hasMessageContaining(part);
                });
    }

    private static void assertRefused(UnaryOperator<TaskRequest.Builder> change, String field, String... parts) {
        assertThatThrownBy(() -> change.apply(builder()).build())
                .isInstanceOfSatisfying(InvalidRequestException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.REQUEST_INVALID);
                    assertThat(problem.details()).containsEntry("field", field);
                    assertThat(problem.getMessage()).contains(parts);
                });
    }

    private static TaskRequest.Builder builder() {
        return TaskRequest.builder(Map.of());
    }
}
