package dev.tasker.readiness;

import dev.tasker.identity.StepId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where a task stands, and why.
///
/// @param blockedSteps         steps still to run that are not ready, each with its reason
/// @param efficiency           optimal, recovering, processing, blocked or waiting
/// @param parallelismPotential high_parallelism, moderate_parallelism, sequential_only or no_ready_work
/// @param condition            what the task waits for: ready (a worker), steps_in_process, waiting_for_retry,
///     waiting_for_dependencies, held (draft or paused) or ended
/// @param idleSince            its latest transition, or its start where it has none
/// @param weightedPriority     priority + completed steps / all steps: of two tasks of one priority the one that is
///     nearer to its end comes first
public record WorkflowSummary(
        TaskExecutionContext context,
        Shape shape,
        List<StepId> readySteps,
        Map<StepId, BlockingReason> blockedSteps,
        String efficiency,
        String parallelismPotential,
        String condition,
        Instant idleSince,
        Staleness staleness,
        BigDecimal weightedPriority) {
    public WorkflowSummary {
        readySteps = List.copyOf(readySteps);
        blockedSteps = Collections.unmodifiableMap(new LinkedHashMap<>(blockedSteps));
    }

    /// The graph of the steps.
    ///
    /// @param maxDependencyDepth edges on the longest path from a root
    /// @param parallelBranches   steps on the widest level
    public record Shape(List<StepId> rootSteps, int maxDependencyDepth, int parallelBranches) {
        public Shape {
            rootSteps = List.copyOf(rootSteps);
        }
    }

    /// As a JSON object, without the columns of the execution context.
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("root_step_ids", values(shape.rootSteps));
        json.put("root_step_count", shape.rootSteps.size());
        json.put("ready_step_ids", values(readySteps));
        json.put("blocked_step_ids", values(List.copyOf(blockedSteps.keySet())));
        json.put(
                "blocking_reasons",
                blockedSteps.values().stream().map(BlockingReason::key).toList());
        json.put("max_dependency_depth", shape.maxDependencyDepth);
        json.put("parallel_branches", shape.parallelBranches);
        json.put("workflow_efficiency", efficiency);
        json.put("parallelism_potential", parallelismPotential);
        json.put("condition", condition);
        json.put("idle_since", idleSince.toString());
        json.put("staleness", staleness.key());
        json.put("weighted_priority", weightedPriority);
        return json;
    }

    private static List<Long> values(List<StepId> steps) {
        return steps.stream().map(StepId::value).toList();
    }
}
