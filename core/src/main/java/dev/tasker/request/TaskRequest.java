package dev.tasker.request;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request for one task. Immutable; made with [#builder].
///
/// @param context      the input of the workflow, a JSON object
/// @param bypassSteps  names of skippable steps that are not to run
/// @param priority     higher goes first
/// @param startAt      nothing runs before this time
/// @param requestedAt  when it was asked for; empty: now, by the database's clock
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
        Optional<Instant> requestedAt) {
    /// What a context may have as JSON in UTF-8; every claimed step carries it.
    public static final int CONTEXT_BYTES_MAX = 4 * 1024 * 1024;

    private static final int TEXT_CHARS_MAX = 128;

    public TaskRequest {
        JsonShape.defectIn(context, "context").ifPresent(defect -> {
            throw invalid("the context cannot be stored: " + defect, "context");
        });
        checkSize(context, CONTEXT_BYTES_MAX);
        checkLength(initiator, "initiator");
        checkLength(sourceSystem, "source_system");
        checkLength(reason, "reason");
        correlationId.ifPresent(text -> checkLength(text, "correlation_id"));
        parentCorrelationId.ifPresent(text -> checkLength(text, "parent_correlation_id"));
        tags = List.copyOf(tags);
        bypassSteps = Set.copyOf(new LinkedHashSet<>(bypassSteps));
    }

    public static Builder builder(Map<String, ? extends @Nullable Object> context) {
        return new Builder(context);
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
            throw invalid(
                    "the context has " + bytes + " bytes as JSON, more than " + bytesMax
                            + "; store large data elsewhere and pass where it is",
                    "context");
        }
    }

    private static void checkLength(String text, String field) {
        if (text.length() > TEXT_CHARS_MAX) {
            throw invalid(
                    field + " has " + text.length() + " characters; at most " + TEXT_CHARS_MAX + " are stored", field);
        }
    }

    private static InvalidRequestException invalid(String message, String field) {
        return new InvalidRequestException(ErrorCode.REQUEST_INVALID, message, Map.of("field", field));
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
                    requestedAt);
        }
    }
}
