package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which transitions are asked for. Every filter that is set must hold. Immutable; made with [#builder].
///
/// @param subject  of tasks or of steps; empty: of both
/// @param toStates any of them, by key; empty: all states
/// @param since    at this time or later
/// @param until    before this time
public record TransitionQuery(
        Optional<Subject> subject,
        Optional<TaskId> task,
        Optional<StepId> step,
        Set<String> toStates,
        Optional<MetadataFilter> metadata,
        Optional<Instant> since,
        Optional<Instant> until) {
    private static final Set<String> STATES = Stream.concat(
                    Arrays.stream(TaskState.values()).map(TaskState::key),
                    Arrays.stream(StepState.values()).map(StepState::key))
            .collect(Collectors.toUnmodifiableSet());

    /// What changed its state.
    public enum Subject {
        TASK,
        STEP
    }

    public TransitionQuery {
        toStates = Set.copyOf(toStates);
        if (!STATES.containsAll(toStates)) {
            throw Filters.invalid(
                    "`" + String.join("`, `", toStates) + "`: not all of these are states of tasks or steps",
                    "to state");
        }
        if (since.isPresent() && until.isPresent() && !since.get().isBefore(until.get())) {
            throw Filters.invalid(
                    "the time range is empty: " + since.get() + " is not before " + until.get(), "time range");
        }
        if (metadata.isPresent()
                && metadata.get().isOfEveryClaim()
                && metadata.get().value().isPresent()
                && task.isEmpty()
                && step.isEmpty()
                && since.isEmpty()) {
            throw Filters.invalid(
                    "every claim writes `" + metadata.get().key()
                            + "`, so a search for one value would read all history; add a task, a step or a start time",
                    "metadata key");
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /// All transitions.
    public static TransitionQuery recent() {
        return builder().build();
    }

    /// Collects filters; none is set at first.
    public static final class Builder {
        private Optional<Subject> subject = Optional.empty();
        private Optional<TaskId> task = Optional.empty();
        private Optional<StepId> step = Optional.empty();
        private Set<String> toStates = Set.of();
        private Optional<MetadataFilter> metadata = Optional.empty();
        private Optional<Instant> since = Optional.empty();
        private Optional<Instant> until = Optional.empty();

        private Builder() {}

        public Builder ofTasks() {
            subject = Optional.of(Subject.TASK);
            return this;
        }

        public Builder ofSteps() {
            subject = Optional.of(Subject.STEP);
            return this;
        }

        public Builder task(TaskId id) {
            task = Optional.of(id);
            return this;
        }

        public Builder step(StepId id) {
            step = Optional.of(id);
            return this;
        }

        public Builder toState(String state) {
            return toStates(Set.of(state));
        }

        /// Transitions to one of these states; none: to any.
        public Builder toStates(Collection<String> any) {
            toStates = Set.copyOf(any);
            return this;
        }

        public Builder metadata(String key) {
            metadata = Optional.of(new MetadataFilter(key, Optional.empty()));
            return this;
        }

        public Builder metadata(String key, String value) {
            metadata = Optional.of(new MetadataFilter(key, Optional.of(value)));
            return this;
        }

        public Builder since(Instant time) {
            since = Optional.of(time);
            return this;
        }

        public Builder until(Instant time) {
            until = Optional.of(time);
            return this;
        }

        /// Checks and makes the query.
        ///
        /// @throws InvalidRequestException QUERY_INVALID, naming the filter
        public TransitionQuery build() {
            return new TransitionQuery(subject, task, step, toStates, metadata, since, until);
        }
    }
}
