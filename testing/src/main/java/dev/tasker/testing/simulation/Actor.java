package dev.tasker.testing.simulation;

import dev.tasker.identity.ClaimId;
import dev.tasker.testing.worker.Attempt;
import dev.tasker.testing.worker.FaultyWaves;
import dev.tasker.testing.worker.VirtualWorker;
import dev.tasker.wave.Outcome;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A simulated worker, with what the simulation knows about its troubles.
final class Actor {
    private final VirtualWorker worker;
    private final FaultyWaves waves;
    private final Set<ClaimId> doubtful = new HashSet<>();
    private boolean stalled;

    Actor(VirtualWorker worker, FaultyWaves waves) {
        this.worker = worker;
        this.waves = waves;
    }

    VirtualWorker worker() {
        return worker;
    }

    FaultyWaves waves() {
        return waves;
    }

    String name() {
        return worker.setup().id().value();
    }

    boolean isStalled() {
        return stalled;
    }

    /// Stops acting: its leases run on.
    void stall() {
        stalled = true;
        doubtAll();
    }

    void wake() {
        stalled = false;
    }

    /// What it sends may have been recorded: the answer was lost.
    void doubtWaiting() {
        worker.waiting().stream().map(Outcome::claim).forEach(doubtful::add);
    }

    private void doubtAll() {
        doubtWaiting();
        worker.running().stream().map(Attempt::claim).forEach(doubtful::add);
    }

    /// Whether it may have lost this claim without a fault of the database's.
    boolean doubts(ClaimId claim) {
        return doubtful.contains(claim);
    }

    /// Whether it must renew leases.
    boolean holdsLeases() {
        return !stalled && !worker.isIdle();
    }

    List<Attempt> running() {
        return worker.running();
    }
}
