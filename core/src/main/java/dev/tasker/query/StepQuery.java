package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.TaskId;
import dev.tasker.transition.StepState;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Which steps are asked for. Every filter that is set must hold. Immutable; made with [#builder].
///
/// @param states         any of them; empty: all states
/// @param completedSince completed at this time or later, by a handler or by hand
/// @param failedSince    in error, and last failed at this time or later
/// @param tasksSince     of tasks that were created at this time or later
public record StepQuery(
        Optional<TaskId> task,
        Set<StepState> states,
        Optional<HandlerKey> handler,
        Optional<Instant> completedSince,
        Optional<Instant> failedSince,
        Optional<Instant> tasksSince) {
    /// States of a completed step. A skipped one satisfies its children too, but was never run.
    public static final Set<StepState> COMPLETED =
            Set.copyOf(EnumSet.of(StepState.COMPLETE, StepState.RESOLVED_MANUALLY));

    public StepQuery {
        states = Set.copyOf(states);
        if (completedSince.isPresent() && failedSince.isPresent()) {
            throw Filters.invalid(
                    "no step is both completed and in error; ask for completed or for failed steps", "failed since");
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /// Collects filters; none is set at first.
    public static final class Builder {
        private Optional<TaskId> task = Optional.empty();
        private Set<StepState> states = Set.of();
        private Optional<HandlerKey> handler = Optional.empty();
        private Optional<Instant> completedSince = Optional.empty();
        private Optional<Instant> failedSince = Optional.empty();
        private Optional<Instant> tasksSince = Optional.empty();

        private Builder() {}

        public Builder task(TaskId id) {
            task = Optional.of(id);
            return this;
        }

        public Builder states(StepState... any) {
            return states(Arrays.asList(any));
        }

        /// Steps in one of these states; none: in any.
        public Builder states(Collection<StepState> any) {
            states = Set.copyOf(any);
            return this;
        }

        /// Steps that are complete or were resolved by hand.
        public Builder completed() {
            return states(COMPLETED);
        }

        /// Steps in error, whether or not they will be retried.
        public Builder failed() {
            return states(StepState.ERROR);
        }

        public Builder pending() {
            return states(StepState.PENDING);
        }

        public Builder inProgress() {
            return states(StepState.IN_PROGRESS);
        }

        public Builder handler(HandlerKey key) {
            handler = Optional.of(key);
            return this;
        }

        public Builder completedSince(Instant time) {
            completedSince = Optional.of(time);
            return this;
        }

        public Builder failedSince(Instant time) {
            failedSince = Optional.of(time);
            return this;
        }

        public Builder tasksSince(Instant time) {
            tasksSince = Optional.of(time);
            return this;
        }

        /// Checks and makes the query.
        ///
        /// @throws InvalidRequestException QUERY_INVALID, naming the filter
        public StepQuery build() {
            return new StepQuery(task, states, handler, completedSince, failedSince, tasksSince);
        }
    }
}
