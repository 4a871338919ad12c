package dev.tasker.testing.worker;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.WorkerId;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.WaitingPlaces;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// What one engine knows between two calls of the database: the attempts that it runs, and the outcomes
/// that no wave has answered yet. For one thread.
public final class VirtualWorker {
    private final Setup setup;
    private final Waves waves;
    private final InstantSource clock;
    private final Map<ClaimId, Attempt> running = new LinkedHashMap<>();
    private final List<Outcome> waiting = new ArrayList<>();
    private final WaitingPlaces waitingPlaces;
    private boolean claiming = true;
    private int rotation;

    /// Who a worker is and what it takes.
    ///
    /// @param slots how many attempts of each runtime it runs at once
    public record Setup(WorkerId id, List<HandlerKey> keys, Map<HandlerRuntime, Integer> slots, Duration lease) {
        public Setup {
            keys = List.copyOf(keys);
            slots = Map.copyOf(slots);
        }
    }

    public VirtualWorker(Setup setup, Waves waves, InstantSource clock) {
        this.setup = setup;
        this.waves = waves;
        this.clock = clock;
        this.waitingPlaces = new WaitingPlaces(() -> nanos(clock.instant()));
    }

    private static long nanos(Instant instant) {
        return Math.addExact(TimeUnit.SECONDS.toNanos(instant.getEpochSecond()), instant.getNano());
    }

    public Setup setup() {
        return setup;
    }

    /// The attempts that it runs, in the order in which it claimed them.
    public List<Attempt> running() {
        return List.copyOf(running.values());
    }

    /// Outcomes that it has to tell the database.
    public List<Outcome> waiting() {
        return List.copyOf(waiting);
    }

    public boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    /// Whether it would claim a step of this handler now.
    public boolean takes(HandlerKey key) {
        return claiming && setup.keys().contains(key) && free(key.runtime()) > 0;
    }

    /// Sends the outcomes that wait, and claims steps for its free slots.
    ///
    /// @throws dev.tasker.error.StoreUnavailableException no answer came: the outcomes still wait, and what
    ///     was
    ///     claimed is not known
    public WaveResult wave() {
        List<Outcome> outcomes = waiting.subList(0, Math.min(waiting.size(), WaveRequest.OUTCOMES_MAX));
        if (outcomes.isEmpty()) {
            // Who has nothing to tell asks for work.
            waitingPlaces.forget();
        }
        long turn = waitingPlaces.turn();
        WaveRequest request = request(outcomes);
        WaveResult result = waves.advance(request);
        waitingPlaces.found(request, result, turn);
        outcomes.clear();
        Instant now = clock.instant();
        result.claimed().stream()
                .sorted(Comparator.comparing(claimed -> claimed.step().stepId()))
                .forEach(claimed -> running.put(claimed.claim(), new Attempt(claimed, now)));
        return result;
    }

    /// Ends an attempt with this outcome, which the next wave sends.
    public void finish(Attempt attempt, Outcome outcome) {
        if (running.remove(attempt.claim()) == null) {
            throw new IllegalStateException("worker " + setup.id() + " does not run step "
                    + attempt.claimed().step().name());
        }
        waiting.add(outcome);
    }

    /// Renews the leases of everything it answers for.
    ///
    /// @return running attempts that it no longer holds; it has dropped them
    public List<Attempt> renew() {
        Map<ClaimId, StepId> claims = new LinkedHashMap<>();
        waiting.forEach(outcome -> claims.put(outcome.claim(), outcome.step()));
        running.values()
                .forEach(attempt ->
                        claims.put(attempt.claim(), attempt.claimed().step().stepId()));
        Set<ClaimId> held = waves.renewLeases(setup.id(), claims, setup.lease()).held();
        List<Attempt> lost = running.values().stream()
                .filter(attempt -> !held.contains(attempt.claim()))
                .toList();
        lost.forEach(attempt -> running.remove(attempt.claim()));
        return lost;
    }

    /// Claims nothing more; what it runs goes on.
    public void stopClaiming() {
        claiming = false;
    }

    /// Stops gracefully: claims nothing more, and gives back what it runs with its next wave.
    public void stop() {
        stopClaiming();
        for (Attempt attempt : running()) {
            ClaimedStep claimed = attempt.claimed();
            finish(attempt, Outcome.release(claimed.step().stepId(), claimed.claim()));
        }
    }

    private WaveRequest request(List<Outcome> outcomes) {
        Map<HandlerKey, Integer> slots = claiming ? freeSlots() : Map.of();
        int limit = slots.keySet().stream()
                .map(HandlerKey::runtime)
                .distinct()
                .mapToInt(this::free)
                .sum();
        return new WaveRequest(
                outcomes,
                setup.id(),
                slots,
                runningByHandler(),
                Math.min(limit, WaveRequest.CLAIMS_MAX),
                setup.lease(),
                Optional.empty(),
                waitingPlaces.next(slots.keySet()));
    }

    private Map<HandlerKey, Integer> runningByHandler() {
        Map<HandlerKey, Integer> count = new LinkedHashMap<>();
        running.values().forEach(attempt -> count.merge(attempt.claimed().handlerKey(), 1, Integer::sum));
        return count;
    }

    /// As the engine does it: each time another key comes first, and those that can take nothing are left
    /// out.
    private Map<HandlerKey, Integer> freeSlots() {
        List<HandlerKey> keys = new ArrayList<>(setup.keys());
        if (!keys.isEmpty()) {
            rotation = (rotation + 1) % keys.size();
            Collections.rotate(keys, rotation);
        }
        Map<HandlerKey, Integer> free = new LinkedHashMap<>();
        keys.forEach(key -> free.put(key, free(key.runtime())));
        free.values().removeIf(slots -> slots == 0);
        return free;
    }

    private int free(HandlerRuntime runtime) {
        long busy = running.values().stream()
                .filter(attempt -> attempt.claimed().handlerKey().runtime() == runtime)
                .count();
        return Math.max(0, setup.slots().getOrDefault(runtime, 0) - (int) busy);
    }
}
