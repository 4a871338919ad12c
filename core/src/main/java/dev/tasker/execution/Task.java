package dev.tasker.execution;

import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The task as a handler sees it. Read-only; `context` is the JSON object of the request.
public record Task(
        TaskId taskId,
        String namespace,
        String name,
        String version,
        Map<String, @Nullable Object> context,
        String initiator,
        String sourceSystem,
        String reason,
        List<String> tags,
        String correlationId,
        Instant requestedAt) {}
