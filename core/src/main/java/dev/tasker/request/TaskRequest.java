package dev.tasker.request;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request for one task. Immutable; made with [#builder].
///
/// @param context          the input of the workflow, a JSON object
/// @param bypassSteps      names of skippable steps that are not to run
/// @param priority         higher goes first
/// @param startAt          nothing runs before this time; one that has passed means now
/// @param requestedAt      when it was asked for; empty: now, by the database's clock
/// @param draft            nothing runs before the task is launched
/// @param delay            nothing runs before this time has passed, by the database's clock
/// @param deadline         how long the task may take from its start on; empty: as the template says
/// @param identityStrategy the name of a strategy; empty: as the template says
/// @param idempotencyKey   what is the same in all requests that mean the same task
/// @param enqueuer         names the queue that runs the task; empty: the core's own scheduler
public record TaskRequest(
        Map<String, @Nullable Object> context,
        String initiator,
        String sourceSystem,
        String reason,
        List<String> tags,
        Set<String> bypassSteps,
        int priority,
        Optional<String> correlationId,
        Optional<String> parentCorrelationId,
        Optional<Instant> startAt,
        Optional<Instant> requestedAt,
        boolean draft,
        Optional<Duration> delay,
        Optional<Duration> deadline,
        Optional<String> identityStrategy,
        Optional<String> idempotencyKey,
        List<Annotation> annotations,
        Optional<String> enqueuer) {
    /// What a context may have as JSON in UTF-8; every claimed step carries it.
    public static final int CONTEXT_BYTES_MAX = 4 * 1024 * 1024;

    public static final int TEXT_CHARS_MAX = 128;
    public static final int KEY_CHARS_MAX = 255;
    public static final int ENQUEUER_CHARS_MAX = 64;
    public static final int TAGS_MAX = 64;
    public static final int ANNOTATIONS_MAX = 100;
    /// No delay and no deadline is longer.
    public static final Duration DURATION_MAX = Duration.ofDays(3_650);
    /// The latest time that can be stored.
    public static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59Z");
    /// The earliest one.
    public static final Instant TIME_MIN = Instant.parse("0001-01-01T00:00:00Z");

    /// @throws InvalidRequestException REQUEST_INVALID, with the field
    public TaskRequest {
        context = checkedContext(context);
        RequestText.check(initiator, "initiator", TEXT_CHARS_MAX);
        RequestText.check(sourceSystem, "source_system", TEXT_CHARS_MAX);
        RequestText.check(reason, "reason", TEXT_CHARS_MAX);
        correlationId.ifPresent(text -> RequestText.check(text, "correlation_id", TEXT_CHARS_MAX));
        parentCorrelationId.ifPresent(text -> RequestText.check(text, "parent_correlation_id", TEXT_CHARS_MAX));
        idempotencyKey.ifPresent(text -> RequestText.check(text, "idempotency_key", KEY_CHARS_MAX));
        enqueuer.ifPresent(name -> RequestText.check(name, "enqueuer", ENQUEUER_CHARS_MAX));
        startAt.ifPresent(time -> RequestLimits.checkTime(time, "start_at"));
        requestedAt.ifPresent(time -> RequestLimits.checkTime(time, "requested_at"));
        delay.ifPresent(time -> RequestLimits.checkDuration(time, Duration.ZERO, "delay"));
        deadline.ifPresent(time -> RequestLimits.checkDuration(time, Duration.ofMillis(1), "deadline"));
        if (startAt.isPresent() && delay.isPresent()) {
            throw RequestText.invalid("the request has both start_at and delay; give one of them", "delay");
        }
        tags = List.copyOf(tags);
        RequestLimits.checkTags(tags);
        bypassSteps = Set.copyOf(new LinkedHashSet<>(bypassSteps));
        annotations = List.copyOf(annotations);
        RequestLimits.checkCount(annotations.size(), ANNOTATIONS_MAX, "annotations");
    }

    public static Builder builder(Map<String, ? extends @Nullable Object> context) {
        return new Builder(context);
    }

    /// The same request, made at a given time.
    public TaskRequest withRequestedAt(Instant time) {
        return new TaskRequest(
                context,
                initiator,
                sourceSystem,
                reason,
                tags,
                bypassSteps,
                priority,
                correlationId,
                parentCorrelationId,
                startAt,
                Optional.of(time),
                draft,
                delay,
                deadline,
                identityStrategy,
                idempotencyKey,
                annotations,
                enqueuer);
    }

    /// Refuses a context that is larger than an engine takes.
    ///
    /// @param bytesMax at most [#CONTEXT_BYTES_MAX]
    public void requireContextWithin(int bytesMax) {
        if (bytesMax < CONTEXT_BYTES_MAX) {
            checkSize(context, bytesMax);
        }
    }

    private static void checkSize(Map<String, @Nullable Object> context, int bytesMax) {
        int bytes = Json.write(context).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > bytesMax) {
            throw RequestText.invalid(
                    "the context has " + bytes + " bytes as JSON, more than " + bytesMax
                            + "; store large data elsewhere and pass where it is",
                    "context");
        }
    }

    @SuppressWarnings("unchecked") // a copy of a map with text keys
    private static Map<String, @Nullable Object> checkedContext(Map<String, @Nullable Object> context) {
        JsonShape.defectIn(context, "context").ifPresent(defect -> {
            throw RequestText.invalid("the context cannot be stored: " + defect, "context");
        });
        Map<String, @Nullable Object> copy =
                (Map<String, @Nullable Object>) Objects.requireNonNull(JsonShape.immutableCopy(context));
        checkSize(copy, CONTEXT_BYTES_MAX);
        return copy;
    }

    /// Collects the parts of a request; everything but the context has a default.
    public static final class Builder {
        private static final String UNKNOWN = "unknown";

        private final Map<String, @Nullable Object> context;
        private String initiator = UNKNOWN;
        private String sourceSystem = UNKNOWN;
        private String reason = UNKNOWN;
        private List<String> tags = List.of();
        private Set<String> bypassSteps = Set.of();
        private int priority;
        private Optional<String> correlationId = Optional.empty();
        private Optional<String> parentCorrelationId = Optional.empty();
        private Optional<Instant> startAt = Optional.empty();
        private Optional<Instant> requestedAt = Optional.empty();
        private boolean draft;
        private Optional<Duration> delay = Optional.empty();
        private Optional<Duration> deadline = Optional.empty();
        private Optional<String> identityStrategy = Optional.empty();
        private Optional<String> idempotencyKey = Optional.empty();
        private List<Annotation> annotations = List.of();
        private Optional<String> enqueuer = Optional.empty();

        @SuppressWarnings("unchecked") // an unmodifiable copy may be seen with wider value types
        private Builder(Map<String, ? extends @Nullable Object> context) {
            this.context = (Map<String, @Nullable Object>) context;
        }

        public Builder initiator(String text) {
            initiator = text;
            return this;
        }

        public Builder sourceSystem(String text) {
            sourceSystem = text;
            return this;
        }

        public Builder reason(String text) {
            reason = text;
            return this;
        }

        public Builder tags(List<String> names) {
            tags = names;
            return this;
        }

        public Builder bypassSteps(Set<String> names) {
            bypassSteps = names;
            return this;
        }

        public Builder priority(int number) {
            priority = number;
            return this;
        }

        public Builder correlationId(String text) {
            correlationId = Optional.of(text);
            return this;
        }

        public Builder parentCorrelationId(String text) {
            parentCorrelationId = Optional.of(text);
            return this;
        }

        public Builder startAt(Instant time) {
            startAt = Optional.of(time);
            return this;
        }

        public Builder requestedAt(Instant time) {
            requestedAt = Optional.of(time);
            return this;
        }

        public Builder draft(boolean isDraft) {
            draft = isDraft;
            return this;
        }

        public Builder delay(Duration time) {
            delay = Optional.of(time);
            return this;
        }

        public Builder deadline(Duration time) {
            deadline = Optional.of(time);
            return this;
        }

        public Builder identityStrategy(String name) {
            identityStrategy = Optional.of(name);
            return this;
        }

        public Builder idempotencyKey(String text) {
            idempotencyKey = Optional.of(text);
            return this;
        }

        public Builder annotations(List<Annotation> notes) {
            annotations = notes;
            return this;
        }

        public Builder enqueuer(String name) {
            enqueuer = Optional.of(name);
            return this;
        }

        /// Checks and makes the request.
        ///
        /// @throws InvalidRequestException REQUEST_INVALID, naming the field
        public TaskRequest build() {
            return new TaskRequest(
                    context,
                    initiator,
                    sourceSystem,
                    reason,
                    tags,
                    bypassSteps,
                    priority,
                    correlationId,
                    parentCorrelationId,
                    startAt,
                    requestedAt,
                    draft,
                    delay,
                    deadline,
                    identityStrategy,
                    idempotencyKey,
                    annotations,
                    enqueuer);
        }
    }
}
