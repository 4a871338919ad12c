package dev.tasker.server.command;

import dev.tasker.query.TaskQuery;
import dev.tasker.transition.TaskState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which tasks a command acts on, where no ids are given.
final class TaskFilterOptions {
    @Option(names = "--all", description = "All tasks that the action is possible for.")
    private boolean all;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            description = "Tasks in one of these states: ${COMPLETION-CANDIDATES} (default: all unfinished or failed"
                    + " tasks that the action is possible for).")
    private List<TaskState> states = List.of();

    @Option(names = "--namespace", paramLabel = "TEXT", description = "Tasks of this namespace.")
    private @Nullable String namespace;

    @Option(names = "--name", paramLabel = "TEXT", description = "Tasks of templates with this name.")
    private @Nullable String name;

    @Option(names = "--template-version", paramLabel = "N.N.N", description = "Tasks of this version of a template.")
    private @Nullable String version;

    @Option(names = "--tag", paramLabel = "TEXT", description = "Tasks with this tag; repeatable: with all of them.")
    private List<String> tags = List.of();

    @Option(names = "--initiator", paramLabel = "TEXT", description = "Tasks that this initiator asked for.")
    private @Nullable String initiator;

    @Option(names = "--source-system", paramLabel = "TEXT", description = "Tasks from this system.")
    private @Nullable String sourceSystem;

    @Option(names = "--correlation-id", paramLabel = "TEXT", description = "Tasks with this correlation id.")
    private @Nullable String correlationId;

    boolean isGiven() {
        return all || hasFilter();
    }

    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: --all beside filters
    TaskQuery query() {
        if (all && hasFilter()) {
            throw OptionProblem.of("--all", "means every task; give it without filters");
        }
        TaskQuery.Builder query = TaskQuery.builder().states(states).tags(tags);
        if (namespace != null) {
            query.namespace(namespace);
        }
        if (name != null) {
            query.name(name);
        }
        if (version != null) {
            query.version(version);
        }
        if (initiator != null) {
            query.initiator(initiator);
        }
        if (sourceSystem != null) {
            query.sourceSystem(sourceSystem);
        }
        if (correlationId != null) {
            query.correlationId(correlationId);
        }
        return query.build();
    }

    private boolean hasFilter() {
        return !states.isEmpty()
                || !tags.isEmpty()
                || namespace != null
                || name != null
                || version != null
                || initiator != null
                || sourceSystem != null
                || correlationId != null;
    }
}
