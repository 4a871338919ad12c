package dev.tasker.wave;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// Where the waves of a worker begin to look for steps that wait: for each handler where an earlier one has found the
/// first, and nowhere at all where it has found none. Safe from any thread.
///
/// The database keeps index entries of steps that were claimed until its next `VACUUM`, which comes late to a long
/// history, and a search from the beginning passes over them all. So what the worker itself makes ready lowers a place,
/// and whoever tells it of others ends them all ([#forget]). What nobody tells of is found by one wave every
/// [#LOOK_BACK] that looks from the beginning.
public final class WaitingPlaces {
    /// How long a step may be overlooked that became ready without a word, by a worker that runs something else.
    static final Duration LOOK_BACK = Duration.ofMillis(100);

    private final LongSupplier nanos;
    private final Map<HandlerKey, Place> places = new HashMap<>();
    /// What was made ready, for waves that are on their way and have not seen it.
    private final Deque<MadeReady> madeReady = new ArrayDeque<>();
    private long turn;
    private long forgotten;

    /// @param lookedNanos when a wave has looked for it from the beginning
    private record Place(FirstWaiting first, long lookedNanos) {
        boolean holds(long now) {
            return now - lookedNanos < LOOK_BACK.toNanos();
        }
    }

    private record MadeReady(FirstWaiting first, long turn, long nanos) {}

    /// @param nanos a clock that does not go back
    public WaitingPlaces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Something may have become ready, nobody knows what: the next wave looks from the beginning.
    public synchronized void forget() {
        forgotten = ++turn;
        places.clear();
        madeReady.clear();
    }

    /// Steps have become ready, of whatever handlers, and none of them is before this place.
    public synchronized void ready(FirstWaiting first) {
        long now = nanos.getAsLong();
        turn++;
        // A wave that takes longer than that finds a place that does not hold any more.
        madeReady.removeIf(made -> now - made.nanos() >= LOOK_BACK.toNanos());
        madeReady.addLast(new MadeReady(first, turn, now));
        places.replaceAll((_, place) -> new Place(FirstWaiting.first(place.first(), first), place.lookedNanos()));
    }

    /// What a wave is told that begins now, to be given to [#found] with what it has found.
    public synchronized long turn() {
        return turn;
    }

    /// Where the next wave begins for these handlers; for the others it looks from the beginning.
    ///
    /// Where a place does not hold any more, one wave looks from the beginning, and the others go on with it.
    public synchronized Map<HandlerKey, FirstWaiting> next(Set<HandlerKey> handlers) {
        long now = nanos.getAsLong();
        Map<HandlerKey, FirstWaiting> known = new HashMap<>();
        for (HandlerKey handler : handlers) {
            Place place = places.get(handler);
            if (place != null && place.holds(now)) {
                known.put(handler, place.first());
            } else if (place != null) {
                places.put(handler, new Place(place.first(), now));
            }
        }
        return known;
    }

    /// The same for who does not tell what it has found: it leaves looking from the beginning to the waves.
    public synchronized Map<HandlerKey, FirstWaiting> known(Set<HandlerKey> handlers) {
        Map<HandlerKey, FirstWaiting> known = new HashMap<>();
        places.forEach((handler, place) -> {
            if (handlers.contains(handler)) {
                known.put(handler, place.first());
            }
        });
        return known;
    }

    /// A wave has found what it has found. One for a single task tells only of what it has made ready.
    ///
    /// @param begun the turn at which it began
    public synchronized void found(WaveRequest request, WaveResult result, long begun) {
        result.left().ifPresent(this::ready);
        if (begun < forgotten) {
            return;
        }
        if (request.outcomes().stream().anyMatch(outcome -> outcome.kind() == Outcome.Kind.RELEASE)) {
            // It is ready again, and nobody tells where.
            forget();
            return;
        }
        if (request.onlyTask().isPresent()) {
            return;
        }
        Map<HandlerRuntime, Integer> claimed = new EnumMap<>(HandlerRuntime.class);
        result.claimed().forEach(step -> claimed.merge(step.handlerKey().runtime(), 1, Integer::sum));
        request.freeSlots().forEach((handler, slots) -> {
            boolean slotsLeft = result.claimed().size() < request.claimLimit()
                    && claimed.getOrDefault(handler.runtime(), 0) < slots;
            found(
                    handler,
                    Optional.ofNullable(request.from().get(handler)),
                    Optional.ofNullable(result.waiting().get(handler)),
                    slotsLeft,
                    begun);
        });
    }

    private void found(
            HandlerKey handler,
            Optional<FirstWaiting> from,
            Optional<FirstWaiting> first,
            boolean slotsLeft,
            long begun) {
        if (from.equals(Optional.of(FirstWaiting.NONE))) {
            return;
        }
        if (from.isEmpty() && first.isEmpty()) {
            // It has a limit: what waits for that is always looked for.
            places.remove(handler);
            return;
        }
        // With slots left, all that waited was claimed. One that began at a place, and tells of none, has found none.
        FirstWaiting next = slotsLeft ? FirstWaiting.NONE : first.orElse(FirstWaiting.NONE);
        for (MadeReady made : madeReady) {
            if (made.turn() > begun) {
                next = FirstWaiting.first(next, made.first());
            }
        }
        Place before = places.get(handler);
        if (from.isEmpty()) {
            places.put(handler, new Place(next, nanos.getAsLong()));
        } else if (before != null) {
            places.put(handler, new Place(next, before.lookedNanos()));
        }
    }
}
