package dev.tasker.operation;

import dev.tasker.event.LifecycleEvent.StepRef;
import dev.tasker.identity.TaskId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One transition that an order made, the operator's own or one that followed from it.
///
/// @param step     empty where the task itself changed
/// @param metadata as in the audit trail; `claim_id` where a running step was taken from its worker
public record Change(
        TaskId task,
        Optional<StepRef> step,
        String from,
        String to,
        Instant at,
        Map<String, @Nullable Object> metadata) {}
