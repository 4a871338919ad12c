package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.Progress;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.wave.Checkpoints;
import dev.tasker.wave.ClaimedStep;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The progress of one attempt: when it was heard of last, and whether its engine still waits for it. Safe from any
/// thread.
final class AttemptProgress implements Progress {
    private final ClaimedStep claimed;
    private final Checkpoints checkpoints;
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean over;

    AttemptProgress(ClaimedStep claimed, Checkpoints checkpoints) {
        this.claimed = claimed;
        this.checkpoints = checkpoints;
    }

    /// How long the step's timeout still lasts; 0 or less: it is over.
    long remainingMillis() {
        long silent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardNanos);
        return claimed.timeout().toMillis() - silent;
    }

    /// Nobody waits for the handler any more.
    void end() {
        over = true;
    }

    @Override
    public void heartbeat() {
        if (over) {
            throw lost();
        }
        heardNanos = System.nanoTime();
    }

    @Override
    public void heartbeat(@Nullable Object checkpoint) {
        heartbeat();
        JsonShape.defectIn(checkpoint, "checkpoint")
                .ifPresent(defect -> refuse(defect.toString(), Map.of("path", defect.path())));
        int bytes = Json.write(checkpoint).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > CHECKPOINT_BYTES_MAX) {
            refuse("it has " + bytes + " bytes as JSON, more than " + CHECKPOINT_BYTES_MAX, Map.of());
        }
        if (!checkpoints.keep(claimed.step().stepId(), claimed.claim(), checkpoint)) {
            over = true;
            throw lost();
        }
    }

    @Override
    public @Nullable Object checkpoint() {
        return JsonShape.immutableCopy(checkpoints.find(claimed.step().stepId()));
    }

    @Override
    public boolean isCancelled() {
        return over;
    }

    private static void refuse(String reason, Map<String, Object> context) {
        throw new PermanentError(
                "the checkpoint cannot be stored: " + reason, ErrorCode.CHECKPOINT_INVALID.name(), context);
    }

    private StepCancelledException lost() {
        return new StepCancelledException(
                "step `" + claimed.step().name()
                        + "` is no longer this handler's: it was cancelled, timed out, or was taken over; what it"
                        + " still returns is not recorded",
                Map.of(
                        "step",
                        claimed.step().name(),
                        "workflow_step_id",
                        claimed.step().stepId().toString()));
    }
}
