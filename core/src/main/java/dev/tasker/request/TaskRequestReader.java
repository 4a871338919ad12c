package dev.tasker.request;

import dev.tasker.error.InvalidRequestException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Reads a request from a JSON object:
/// `context` (required), `initiator`, `source_system`, `reason`, `tags`, `bypass_steps`, `priority`,
/// `correlation_id`, `parent_correlation_id`, `start_at`, `requested_at`, `delay_seconds`, `deadline_seconds`,
/// `draft`, `identity_strategy`, `idempotency_key`, `annotations` (a list of `type` and `value`).
/// A key with null counts as left out.
public final class TaskRequestReader {
    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);
    private static final BigDecimal SECONDS_MAX = BigDecimal.valueOf(1_000_000_000);

    /// How each key goes into the request.
    private static final Map<String, BiConsumer<TaskRequest.Builder, Entry>> KEYS = keys();

    private record Entry(String key, Object value) {}

    private TaskRequestReader() {}

    /// Reads and checks a request.
    ///
    /// @throws InvalidRequestException REQUEST_INVALID: an unknown key, a value of another form, or one that is out
    ///     of bounds; with the field
    public static TaskRequest read(Map<String, ? extends @Nullable Object> document) {
        if (document.get("context") == null) {
            throw RequestText.invalid("the request has no context; give a JSON object, {} at least", "context");
        }
        TaskRequest.Builder builder = TaskRequest.builder(object(new Entry("context", document.get("context"))));
        document.forEach((key, value) -> {
            if (value != null && !key.equals("context")) {
                BiConsumer<TaskRequest.Builder, Entry> setter = KEYS.get(key);
                if (setter == null) {
                    throw RequestText.invalid(
                            "unknown key `" + key + "`; a request has context, " + String.join(", ", KEYS.keySet()),
                            key);
                }
                setter.accept(builder, new Entry(key, value));
            }
        });
        return builder.build();
    }

    private static Map<String, BiConsumer<TaskRequest.Builder, Entry>> keys() {
        Map<String, BiConsumer<TaskRequest.Builder, Entry>> keys = new LinkedHashMap<>();
        keys.put("initiator", (request, entry) -> request.initiator(text(entry)));
        keys.put("source_system", (request, entry) -> request.sourceSystem(text(entry)));
        keys.put("reason", (request, entry) -> request.reason(text(entry)));
        keys.put("tags", (request, entry) -> request.tags(texts(entry)));
        keys.put("bypass_steps", (request, entry) -> request.bypassSteps(new LinkedHashSet<>(texts(entry))));
        keys.put("priority", (request, entry) -> request.priority(whole(entry)));
        keys.put("correlation_id", (request, entry) -> request.correlationId(text(entry)));
        keys.put("parent_correlation_id", (request, entry) -> request.parentCorrelationId(text(entry)));
        keys.put("start_at", (request, entry) -> request.startAt(time(entry)));
        keys.put("requested_at", (request, entry) -> request.requestedAt(time(entry)));
        keys.put("delay_seconds", (request, entry) -> request.delay(seconds(entry)));
        keys.put("deadline_seconds", (request, entry) -> request.deadline(seconds(entry)));
        keys.put("draft", (request, entry) -> request.draft(truth(entry)));
        keys.put("identity_strategy", (request, entry) -> request.identityStrategy(text(entry)));
        keys.put("idempotency_key", (request, entry) -> request.idempotencyKey(text(entry)));
        keys.put("enqueuer", (request, entry) -> request.enqueuer(text(entry)));
        keys.put("annotations", (request, entry) -> request.annotations(annotations(entry)));
        return keys;
    }

    private static List<Annotation> annotations(Entry entry) {
        List<Annotation> annotations = new ArrayList<>();
        for (Object element : list(entry)) {
            Map<String, @Nullable Object> note = object(new Entry(entry.key(), element));
            if (!note.keySet().equals(Set.of("type", "value"))) {
                throw wrong(entry, "a list of objects with type and value");
            }
            annotations.add(
                    new Annotation(text(new Entry(entry.key(), String.valueOf(note.get("type")))), note.get("value")));
        }
        return annotations;
    }

    private static String text(Entry entry) {
        if (entry.value() instanceof String text) {
            return text;
        }
        throw wrong(entry, "a text");
    }

    private static boolean truth(Entry entry) {
        if (entry.value() instanceof Boolean truth) {
            return truth;
        }
        throw wrong(entry, "true or false");
    }

    private static int whole(Entry entry) {
        if (entry.value() instanceof Integer number) {
            return number;
        }
        throw wrong(entry, "a whole number of 32 bits");
    }

    private static Duration seconds(Entry entry) {
        if (entry.value() instanceof Number number) {
            BigDecimal seconds = new BigDecimal(number.toString());
            if (seconds.abs().compareTo(SECONDS_MAX) <= 0) {
                return Duration.ofNanos(seconds.multiply(NANOS_PER_SECOND).longValue());
            }
        }
        throw wrong(entry, "a number of seconds");
    }

    private static Instant time(Entry entry) {
        try {
            return OffsetDateTime.parse(text(entry)).toInstant();
        } catch (DateTimeException _) {
            throw wrong(entry, "a time such as 2026-01-31T12:00:00Z");
        }
    }

    private static List<String> texts(Entry entry) {
        return list(entry).stream()
                .map(element -> text(new Entry(entry.key(), element)))
                .toList();
    }

    private static List<?> list(Entry entry) {
        if (entry.value() instanceof List<?> list && list.stream().noneMatch(Objects::isNull)) {
            return list;
        }
        throw wrong(entry, "a list");
    }

    @SuppressWarnings("unchecked") // JSON has only texts as keys
    private static Map<String, @Nullable Object> object(Entry entry) {
        if (entry.value() instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw wrong(entry, "a JSON object");
    }

    private static InvalidRequestException wrong(Entry entry, String form) {
        return RequestText.invalid(entry.key() + " must be " + form, entry.key());
    }
}
