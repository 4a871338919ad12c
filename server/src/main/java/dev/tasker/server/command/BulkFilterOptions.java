package dev.tasker.server.command;

import dev.tasker.query.TaskQuery;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which tasks a command acts on, where no ids are given.
final class BulkFilterOptions {
    private static final TaskQuery EVERY_TASK = TaskQuery.builder().build();

    @Option(names = "--all", description = "All tasks that the action is possible for.")
    private boolean all;

    @Mixin
    private TaskFilterOptions tasks = new TaskFilterOptions();

    boolean isGiven() {
        return all || hasFilter();
    }

    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: --all beside filters
    TaskQuery query() {
        if (all && hasFilter()) {
            throw OptionProblem.of("--all", "means every task; give it without filters");
        }
        return tasks.query();
    }

    private boolean hasFilter() {
        return !tasks.query().equals(EVERY_TASK);
    }
}
