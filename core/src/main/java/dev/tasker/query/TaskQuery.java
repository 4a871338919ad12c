package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which tasks are asked for. Every filter that is set must hold. Immutable; made with [#builder].
///
/// @param annotations    all of them
/// @param states         any of them; empty: all states
/// @param createdSince   created at this time or later
/// @param completedSince `complete`, and so since this time or later
/// @param failedSince    in `error`, and so since this time or later
/// @param active         pending or in progress, with a step that runs or may still run
/// @param tags           the task has all of them
/// @param priorityMin    this priority or a higher one
/// @param priorityMax    this priority or a lower one
public record TaskQuery(
        List<AnnotationFilter> annotations,
        Set<TaskState> states,
        Optional<String> namespace,
        Optional<String> name,
        Optional<String> version,
        Optional<Instant> createdSince,
        Optional<Instant> completedSince,
        Optional<Instant> failedSince,
        boolean active,
        List<String> tags,
        Optional<String> initiator,
        Optional<String> sourceSystem,
        Optional<String> correlationId,
        Optional<String> parentCorrelationId,
        Optional<Integer> priorityMin,
        Optional<Integer> priorityMax) {
    public TaskQuery {
        annotations = List.copyOf(annotations);
        states = Set.copyOf(states);
        tags = List.copyOf(tags);
        tags.forEach(tag -> Filters.text(tag, "tag"));
        Filters.optionalText(namespace, "namespace");
        Filters.optionalText(name, "name");
        Filters.optionalText(version, "version");
        Filters.optionalText(initiator, "initiator");
        Filters.optionalText(sourceSystem, "source system");
        Filters.optionalText(correlationId, "correlation id");
        Filters.optionalText(parentCorrelationId, "parent correlation id");
        if (completedSince.isPresent() && failedSince.isPresent()) {
            throw Filters.invalid(
                    "no task is both complete and in error; ask for completed or for failed tasks", "failed since");
        }
        if (priorityMin.isPresent() && priorityMax.isPresent() && priorityMin.get() > priorityMax.get()) {
            throw Filters.invalid(
                    "the lowest priority, " + priorityMin.get() + ", is above the highest, " + priorityMax.get(),
                    "priority");
        }
    }

    /// The same, but for tasks in one of these states.
    public TaskQuery withStates(Collection<TaskState> any) {
        return new TaskQuery(
                annotations,
                Set.copyOf(any),
                namespace,
                name,
                version,
                createdSince,
                completedSince,
                failedSince,
                active,
                tags,
                initiator,
                sourceSystem,
                correlationId,
                parentCorrelationId,
                priorityMin,
                priorityMax);
    }

    public static Builder builder() {
        return new Builder();
    }

    /// All tasks.
    public static TaskQuery all() {
        return builder().build();
    }

    /// Collects filters; none is set at first.
    public static final class Builder {
        private List<AnnotationFilter> annotations = List.of();
        private Set<TaskState> states = EnumSet.noneOf(TaskState.class);
        private Optional<String> namespace = Optional.empty();
        private Optional<String> name = Optional.empty();
        private Optional<String> version = Optional.empty();
        private Optional<Instant> createdSince = Optional.empty();
        private Optional<Instant> completedSince = Optional.empty();
        private Optional<Instant> failedSince = Optional.empty();
        private boolean active;
        private List<String> tags = List.of();
        private Optional<String> initiator = Optional.empty();
        private Optional<String> sourceSystem = Optional.empty();
        private Optional<String> correlationId = Optional.empty();
        private Optional<String> parentCorrelationId = Optional.empty();
        private Optional<Integer> priorityMin = Optional.empty();
        private Optional<Integer> priorityMax = Optional.empty();

        private Builder() {}

        /// Tasks with all these annotations.
        public Builder annotations(Collection<AnnotationFilter> filters) {
            annotations = List.copyOf(filters);
            return this;
        }

        /// Tasks with one annotation.
        public Builder annotation(String type, String key, String value) {
            return annotations(List.of(new AnnotationFilter(type, key, value)));
        }

        public Builder state(TaskState state) {
            return states(Set.of(state));
        }

        /// Tasks in one of these states; none: in any.
        public Builder states(Collection<TaskState> any) {
            states = Set.copyOf(any);
            return this;
        }

        public Builder namespace(String text) {
            namespace = Optional.of(text);
            return this;
        }

        /// The name of the template.
        public Builder name(String text) {
            name = Optional.of(text);
            return this;
        }

        public Builder version(String text) {
            version = Optional.of(text);
            return this;
        }

        public Builder createdSince(Instant time) {
            createdSince = Optional.of(time);
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

        /// Tasks that still have something to do.
        public Builder active() {
            active = true;
            return this;
        }

        /// Tasks with all these tags.
        public Builder tags(Collection<String> all) {
            tags = List.copyOf(all);
            return this;
        }

        public Builder initiator(String text) {
            initiator = Optional.of(text);
            return this;
        }

        public Builder sourceSystem(String text) {
            sourceSystem = Optional.of(text);
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

        public Builder priorityAtLeast(int priority) {
            priorityMin = Optional.of(priority);
            return this;
        }

        public Builder priorityAtMost(int priority) {
            priorityMax = Optional.of(priority);
            return this;
        }

        /// Checks and makes the query.
        ///
        /// @throws InvalidRequestException QUERY_INVALID, naming the filter
        public TaskQuery build() {
            return new TaskQuery(
                    annotations,
                    states,
                    namespace,
                    name,
                    version,
                    createdSince,
                    completedSince,
                    failedSince,
                    active,
                    tags,
                    initiator,
                    sourceSystem,
                    correlationId,
                    parentCorrelationId,
                    priorityMin,
                    priorityMax);
        }
    }
}
