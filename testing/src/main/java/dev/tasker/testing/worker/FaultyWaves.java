package dev.tasker.testing.worker;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.WorkerId;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Waves whose next call or next answer may get lost on the way. For one thread.
public final class FaultyWaves implements Waves {
    private final Waves waves;
    private Fault next = Fault.NONE;

    /// What happens to one wave.
    public enum Fault {
        NONE,
        /// The database never hears of it.
        CALL_LOST,
        /// The database commits it, and the worker never learns what it did.
        ANSWER_LOST
    }

    public FaultyWaves(Waves waves) {
        this.waves = waves;
    }

    /// What happens to the next wave, and to that one only.
    public void next(Fault fault) {
        this.next = fault;
    }

    @Override
    public WaveResult advance(WaveRequest request) {
        Fault fault = next;
        next = Fault.NONE;
        return switch (fault) {
            case NONE -> waves.advance(request);
            case CALL_LOST -> throw lost("the call did not reach the database");
            case ANSWER_LOST -> {
                waves.advance(request);
                throw lost("the database's answer was lost");
            }
        };
    }

    @Override
    public Renewal renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease) {
        return waves.renewLeases(worker, claims, lease);
    }

    @Override
    public ExpiredLeases expireLeases(int limit) {
        return waves.expireLeases(limit);
    }

    @Override
    public List<ExpiredTask> expireDeadlines(int limit) {
        return waves.expireDeadlines(limit);
    }

    @Override
    public Map<ClaimId, StepId> heldClaims(WorkerId worker) {
        return waves.heldClaims(worker);
    }

    private static StoreUnavailableException lost(String message) {
        return new StoreUnavailableException(ErrorCode.DATABASE_UNAVAILABLE, message + " (a scripted fault)", Map.of());
    }
}
