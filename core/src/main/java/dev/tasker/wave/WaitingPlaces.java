package dev.tasker.wave;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/// Where the waves of a worker begin to look for steps that wait: for each handler where an earlier one has found the
/// first, and nowhere at all where it has found none. Safe from any thread.
///
/// The database keeps index entries of steps that were claimed until its next `VACUUM`, which comes late to a long
/// history, and a search from the beginning passes over them all. What somebody else makes ready before such a place is
/// found by a wave that looks from the beginning: there is one every [#LOOK_BACK] while all slots are taken, one
/// every [#LOOK_AGAIN] where nothing waits any more, and one at once when a wave that did not has left slots free.
public final class WaitingPlaces {
    /// How long a step may be overlooked, while others wait that are claimed instead.
    static final Duration LOOK_BACK = Duration.ofMillis(100);

    /// How long a step may be overlooked by a worker that has slots for it, and runs something else.
    static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final LongSupplier nanos;
    private final Map<HandlerKey, Place> places = new HashMap<>();

    /// @param lookedNanos when a wave has looked for it from the beginning
    private record Place(FirstWaiting first, long lookedNanos) {
        boolean holds(long now) {
            Duration limit = FirstWaiting.NONE.equals(first) ? LOOK_AGAIN : LOOK_BACK;
            return now - lookedNanos < limit.toNanos();
        }
    }

    /// @param nanos a clock that does not go back
    public WaitingPlaces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Something may have become ready: the next wave looks from the beginning.
    public synchronized void forget() {
        places.clear();
    }

    /// What is known for the next wave of these handlers; it looks for the others from the beginning.
    public synchronized Map<HandlerKey, FirstWaiting> next(Set<HandlerKey> handlers) {
        long now = nanos.getAsLong();
        Map<HandlerKey, FirstWaiting> known = new HashMap<>();
        for (HandlerKey handler : handlers) {
            Place place = places.get(handler);
            if (place != null && place.holds(now)) {
                known.put(handler, place.first());
            }
        }
        return known;
    }

    /// A wave that may claim of any task has found what it has found.
    ///
    /// @return whether it has passed over what it could have claimed, so that another one is due
    public synchronized boolean found(WaveRequest request, WaveResult result) {
        long now = nanos.getAsLong();
        Map<HandlerRuntime, Integer> claimed = new EnumMap<>(HandlerRuntime.class);
        result.claimed().forEach(step -> claimed.merge(step.handlerKey().runtime(), 1, Integer::sum));
        boolean madeReady = result.leftReady()
                || request.outcomes().stream().anyMatch(outcome -> outcome.kind() != Outcome.Kind.SUCCESS);
        boolean passedOver = false;
        for (Map.Entry<HandlerKey, Integer> served : request.freeSlots().entrySet()) {
            HandlerKey handler = served.getKey();
            FirstWaiting from = request.from().get(handler);
            FirstWaiting first = result.waiting().get(handler);
            boolean noSlotLeft = result.claimed().size() >= request.claimLimit()
                    || claimed.getOrDefault(handler.runtime(), 0) >= served.getValue();
            if (FirstWaiting.NONE.equals(from)) {
                if (madeReady) {
                    places.remove(handler);
                }
            } else if (first != null && (noSlotLeft || FirstWaiting.NONE.equals(first))) {
                keep(handler, first, from == null, now);
            } else if (first != null && from == null && !madeReady) {
                // All that has waited was claimed.
                keep(handler, FirstWaiting.NONE, true, now);
            } else {
                places.remove(handler);
                passedOver |= from != null && !noSlotLeft;
            }
        }
        return passedOver;
    }

    /// What was forgotten while a wave was on its way that did not look from the beginning stays so.
    private void keep(HandlerKey handler, FirstWaiting first, boolean looked, long now) {
        Place before = places.get(handler);
        if (looked) {
            places.put(handler, new Place(first, now));
        } else if (before != null) {
            places.put(handler, new Place(first, before.lookedNanos()));
        }
    }
}
