package dev.tasker.execution;

import dev.tasker.identity.StepId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The step as a handler sees it. Read-only.
///
/// @param attempts   1 on the first run
/// @param retryLimit how many executions there may be, this one included
/// @param config     the template's `handler_config`
public record Step(
        StepId stepId,
        String name,
        int attempts,
        int retryLimit,
        Map<String, @Nullable Object> inputs,
        Map<String, @Nullable Object> config) {}
