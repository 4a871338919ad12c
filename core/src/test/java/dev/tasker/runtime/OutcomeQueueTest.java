package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.TaskFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class OutcomeQueueTest {
    private static final int MAX = 200;
    private static final Duration POLL = Duration.ofHours(1);

    private final OutcomeQueue queue = new OutcomeQueue();

    @Test
    void oneOutcomeIsReasonEnoughForTheFirstWave() throws Exception {
        queue.add(outcome(1, 1));

        assertThat(queue.take(MAX, POLL)).hasSize(1);
    }

    @Test
    void aFurtherWaveIsOpenedOnlyWhenEnoughOutcomesWait() throws Exception {
        queue.add(outcome(1, 1));
        queue.take(MAX, POLL);
        CompletableFuture<List<Outcome>> further = takeInBackground();
        for (int number = 2; number <= OutcomeQueue.FURTHER_WAVE_MIN; number++) {
            queue.add(outcome(number, number));
        }
        assertThat(isWaiting(further)).isTrue();

        queue.add(outcome(100, 100));

        assertThat(further.get(10, TimeUnit.SECONDS)).hasSize(OutcomeQueue.FURTHER_WAVE_MIN);
    }

    @Test
    void outcomesOfATaskInFlightWaitUntilItsWaveIsAnswered() throws Exception {
        queue.add(outcome(1, 7));
        List<Outcome> inFlight = queue.take(MAX, POLL);
        for (int number = 2; number <= 1 + OutcomeQueue.FURTHER_WAVE_MIN; number++) {
            queue.add(outcome(number, 7));
        }
        CompletableFuture<List<Outcome>> further = takeInBackground();
        assertThat(isWaiting(further)).isTrue();

        queue.answered(inFlight);

        assertThat(queue.take(MAX, POLL)).hasSize(OutcomeQueue.FURTHER_WAVE_MIN);
    }

    @Test
    void outcomesOfOtherTasksOvertakeThoseThatHaveToWait() throws Exception {
        queue.add(outcome(1, 7));
        queue.take(MAX, POLL);
        queue.add(outcome(2, 7));
        for (int number = 0; number < OutcomeQueue.FURTHER_WAVE_MIN; number++) {
            queue.add(outcome(10 + number, 10 + number));
        }

        assertThat(queue.take(MAX, POLL)).noneMatch(outcome -> new TaskId(7).equals(outcome.task()));
        assertThat(queue.isEmpty()).isFalse();
    }

    @Test
    void whatWasPutBackTravelsAgainOnceItsWaveIsOver() throws Exception {
        queue.add(outcome(1, 7));
        List<Outcome> taken = queue.take(MAX, POLL);
        queue.putBack(taken);
        queue.answered(taken);

        assertThat(queue.take(MAX, POLL)).isEqualTo(taken);
    }

    @Test
    void itTellsWhetherWorkMayBeReadyThatNoWaveKnowsOf() throws Exception {
        queue.add(outcome(1, 1));
        queue.take(MAX, POLL);
        assertThat(queue.takeAsked()).isFalse();

        queue.answered(List.of());
        queue.wakeForRest();
        queue.take(MAX, POLL);
        assertThat(queue.takeAsked()).as("a wave knows of it").isFalse();

        queue.answered(List.of());
        queue.wake();
        queue.take(MAX, POLL);
        assertThat(queue.takeAsked()).as("somebody said so").isTrue();
        assertThat(queue.takeAsked()).as("told once").isFalse();

        queue.answered(List.of());
        queue.take(MAX, Duration.ZERO);
        assertThat(queue.takeAsked()).as("nobody has said anything for so long").isTrue();
    }

    @Test
    void aStepThatIsDueAgainWhileOutcomesWaitIsLookedForAtOnceAndInAWaveOfItsOwn() throws Exception {
        queue.wakeAfter(Duration.ZERO);
        queue.add(outcome(1, 1));

        List<Outcome> taken = queue.take(MAX, POLL);
        assertThat(taken).hasSize(1);
        assertThat(queue.takeAsked()).isTrue();

        queue.answered(taken);
        assertThat(queue.take(MAX, POLL)).isEmpty();
    }

    @Test
    void nobodyWaitsForOutcomesAtTheEnd() throws Exception {
        CompletableFuture<List<Outcome>> first = takeInBackground();
        assertThat(isWaiting(first)).isTrue();

        queue.end();

        assertThat(first.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(queue.take(MAX, POLL)).isEmpty();
    }

    private CompletableFuture<List<Outcome>> takeInBackground() {
        CompletableFuture<List<Outcome>> taken = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                taken.complete(queue.take(MAX, POLL));
            } catch (InterruptedException problem) {
                taken.completeExceptionally(problem);
            }
        });
        return taken;
    }

    private static boolean isWaiting(CompletableFuture<?> future) throws Exception {
        try {
            future.get(50, TimeUnit.MILLISECONDS);
            return false;
        } catch (TimeoutException _) {
            return true;
        }
    }

    private static Outcome outcome(long claim, long task) {
        return Outcome.success(new StepId(claim), new ClaimId(claim), "{}").with(facts(task));
    }

    private static TaskFacts facts(long task) {
        return new TaskFacts(
                new Task(
                        new TaskId(task),
                        "orders",
                        "order",
                        "1.0.0",
                        Map.of(),
                        "",
                        "",
                        "",
                        List.of(),
                        "",
                        Instant.EPOCH),
                "1");
    }
}
