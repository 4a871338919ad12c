package dev.tasker.store;

import static dev.tasker.db.generated.Tables.STEP_CHECKPOINTS;

import dev.tasker.db.generated.Routines;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.json.Json;
import dev.tasker.wave.Checkpoints;
import java.util.List;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/// [Checkpoints] in the database. Safe from any thread.
public final class CheckpointStore implements Checkpoints {
    private final Database database;

    public CheckpointStore(Database database) {
        this.database = database;
    }

    @Override
    public boolean keep(StepId step, ClaimId claim, @Nullable Object checkpoint) {
        JSONB json = StoredJson.jsonb(checkpoint);
        return Boolean.TRUE.equals(
                database.call(dsl -> Routines.keepCheckpoint(dsl.configuration(), step.value(), claim.value(), json)));
    }

    @Override
    public @Nullable Object find(StepId step) {
        List<JSONB> found = database.call(dsl -> dsl.select(STEP_CHECKPOINTS.CHECKPOINT)
                .from(STEP_CHECKPOINTS)
                .where(STEP_CHECKPOINTS.WORKFLOW_STEP_ID.eq(step.value()))
                .fetch(STEP_CHECKPOINTS.CHECKPOINT));
        return found.isEmpty() ? null : Json.read(found.getFirst().data());
    }
}
