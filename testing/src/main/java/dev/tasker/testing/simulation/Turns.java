package dev.tasker.testing.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// What can happen next, each with its weight.
final class Turns {
    private final List<Turn> offers = new ArrayList<>();
    private int total;

    private record Turn(int weight, Runnable action) {}

    void offer(int weight, Runnable action) {
        offers.add(new Turn(weight, action));
        total += weight;
    }

    boolean isEmpty() {
        return offers.isEmpty();
    }

    void takeOne(RandomGenerator random) {
        int left = random.nextInt(total);
        for (Turn turn : offers) {
            left -= turn.weight();
            if (left < 0) {
                turn.action().run();
                return;
            }
        }
        throw new IllegalStateException("no turn was taken");
    }
}
