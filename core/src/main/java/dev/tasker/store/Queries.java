package dev.tasker.store;

import dev.tasker.identity.TaskId;
import dev.tasker.query.BoundedCount;
import dev.tasker.query.Page;
import dev.tasker.query.PageRequest;
import dev.tasker.query.StepQuery;
import dev.tasker.query.StepStatistics;
import dev.tasker.query.StepSummary;
import dev.tasker.query.TaskQuery;
import dev.tasker.query.Tier;
import dev.tasker.query.TransitionQuery;
import dev.tasker.query.TransitionStatistics;
import dev.tasker.query.TransitionSummary;
import dev.tasker.readiness.StalenessLimits;
import dev.tasker.readiness.StepReadinessList;
import dev.tasker.readiness.WorkflowSummary;
import dev.tasker.task.TaskSnapshot.Summary;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Everything that can be asked about stored work. Read-only; each call is one statement or two. Safe from any thread.
///
/// A cursor of another kind of page, or a filter that cannot be, is a
/// [dev.tasker.error.InvalidRequestException] (CURSOR_INVALID, QUERY_INVALID).
public final class Queries {
    private final TaskQueryStore tasks;
    private final StepQueryStore steps;
    private final TransitionQueryStore transitions;
    private final WorkflowSummaryStore summaries;
    private final ReadinessStore readiness;
    private final FigureStore figures;

    public Queries(Database database) {
        this.tasks = new TaskQueryStore(database);
        this.steps = new StepQueryStore(database);
        this.transitions = new TransitionQueryStore(database);
        this.summaries = new WorkflowSummaryStore(database);
        this.readiness = new ReadinessStore(database);
        this.figures = new FigureStore(database);
    }

    /// One page of tasks that are not archived, newest first.
    public Page<Summary> tasks(TaskQuery query, PageRequest page) {
        return tasks.page(query, page);
    }

    /// One page of tasks of a tier, newest first.
    public Page<Summary> tasks(Tier tier, TaskQuery query, PageRequest page) {
        return tasks.page(tier, query, page);
    }

    /// The system in numbers.
    public FigureStore figures() {
        return figures;
    }

    /// The ids of at most `limit` tasks, newest first.
    public List<TaskId> taskIds(TaskQuery query, int limit) {
        return tasks.ids(query, limit);
    }

    /// How many tasks there are, counted up to [BoundedCount#DEFAULT_BOUND].
    public BoundedCount countTasks(TaskQuery query) {
        return tasks.count(query, BoundedCount.DEFAULT_BOUND);
    }

    /// How many kinds of tasks there are: templates, whatever their version, with at least one task.
    public int countTaskTypes() {
        return tasks.taskTypes();
    }

    /// One page of steps, newest first.
    public Page<StepSummary> steps(StepQuery query, PageRequest page) {
        return steps.page(query, page);
    }

    /// The steps of a task in numbers; all zero for an unknown task.
    public StepStatistics stepStatistics(TaskId task) {
        return steps.statistics(task);
    }

    /// One page of the transitions of tasks and steps, newest first.
    public Page<TransitionSummary> transitions(TransitionQuery query, PageRequest page) {
        return transitions.page(query, page);
    }

    /// How often a task and its steps came into each state, and how long they were in the state before.
    public List<TransitionStatistics> transitionStatistics(TaskId task) {
        return transitions.statistics(task);
    }

    /// The same for all tasks, from `since` until before `until`. Reads all transitions of that time.
    public List<TransitionStatistics> transitionStatistics(Instant since, Instant until) {
        return transitions.statistics(since, until);
    }

    /// Where a task stands, archived or not, and why; empty for an unknown task.
    public Optional<WorkflowSummary> workflowSummary(TaskId task) {
        return summaries.summary(task, StalenessLimits.DEFAULT);
    }

    /// Where several tasks stand, by id; unknown ones are left out.
    public List<WorkflowSummary> workflowSummaries(Collection<TaskId> tasksAsked, StalenessLimits limits) {
        return summaries.summaries(tasksAsked, limits);
    }

    /// Whether the steps of a task may run; empty for an unknown task.
    public StepReadinessList readiness(TaskId task) {
        return new StepReadinessList(readiness.steps(task));
    }
}
