package dev.tasker.testing.simulation;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.WorkerId;
import dev.tasker.testing.worker.FaultyWaves;
import dev.tasker.testing.worker.VirtualWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The workers of one schedule. One that dies is replaced by a new one with the same handlers.
final class Cast {
    static final Duration LEASE = Duration.ofSeconds(15);

    private static final int WORKERS_MAX = 3;
    private static final int SLOTS_MAX = 3;

    private final Ground ground;
    private final RandomGenerator random;
    private final List<Actor> actors = new ArrayList<>();
    private int number;

    Cast(Ground ground, RandomGenerator random) {
        this.ground = ground;
        this.random = random;
    }

    /// Brings in one to three workers; the first has all handlers, the others some of them.
    void enter(List<HandlerKey> keys) {
        int workers = 1 + random.nextInt(WORKERS_MAX);
        for (int index = 0; index < workers; index++) {
            boolean all = index == 0 || random.nextBoolean();
            List<HandlerKey> own =
                    all ? keys : keys.stream().filter(_ -> random.nextBoolean()).toList();
            enter(own, slots());
        }
    }

    List<Actor> actors() {
        return List.copyOf(actors);
    }

    /// A worker dies; what it knew is gone.
    Actor replace(Actor gone) {
        actors.remove(gone);
        VirtualWorker.Setup setup = gone.worker().setup();
        return enter(setup.keys(), setup.slots());
    }

    boolean isIdle() {
        return actors.stream().allMatch(actor -> actor.worker().isIdle());
    }

    private Actor enter(List<HandlerKey> keys, Map<HandlerRuntime, Integer> slots) {
        number++;
        FaultyWaves waves = new FaultyWaves(ground.waves());
        VirtualWorker.Setup setup = new VirtualWorker.Setup(new WorkerId("w" + number), keys, slots, LEASE);
        Actor actor = new Actor(new VirtualWorker(setup, waves, ground.clock()), waves);
        actors.add(actor);
        return actor;
    }

    private Map<HandlerRuntime, Integer> slots() {
        Map<HandlerRuntime, Integer> slots = new EnumMap<>(HandlerRuntime.class);
        for (HandlerRuntime runtime : HandlerRuntime.values()) {
            slots.put(runtime, 1 + random.nextInt(SLOTS_MAX));
        }
        return slots;
    }
}
