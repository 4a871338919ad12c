package dev.tasker.runtime;

import dev.tasker.identity.HandlerKey;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/// Where a wave begins to look for steps that wait: where the one before it has found the first. Safe from any thread.
///
/// The database keeps index entries of steps that were claimed until its next `VACUUM`, which comes late to a long
/// history, and a search from the beginning passes over them all. What somebody else makes ready before that place
/// meanwhile is found by a wave that looks from the beginning: there is one every [#LOOK_BACK], and at once when a wave
/// has found less than it might have claimed.
final class WaitingPlaces {
    /// How long a step may be overlooked, while others wait that are claimed instead.
    static final Duration LOOK_BACK = Duration.ofMillis(100);

    private final LongSupplier nanos;
    private Map<HandlerKey, FirstWaiting> places = Map.of();
    private long lookedBackNanos;

    WaitingPlaces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// For the next wave; empty where it looks from the beginning.
    synchronized Map<HandlerKey, FirstWaiting> next() {
        return nanos.getAsLong() - lookedBackNanos < LOOK_BACK.toNanos() ? places : Map.of();
    }

    /// A wave that may claim of any task has found what it has found.
    ///
    /// @return whether it has passed over what it could have claimed, so that another one is due
    synchronized boolean found(WaveRequest request, WaveResult result) {
        boolean foundEnough = result.claimed().size() >= request.claimLimit();
        if (request.from().isEmpty()) {
            lookedBackNanos = nanos.getAsLong();
        }
        places = foundEnough ? result.waiting() : Map.of();
        return !foundEnough && !request.from().isEmpty();
    }
}
