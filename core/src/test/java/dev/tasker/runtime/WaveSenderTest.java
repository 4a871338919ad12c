package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.transition.StepState;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WaveSenderTest {
    @Test
    void aWaveThatFailsIsTakenApartAndWhatCannotBeSentWaitsInTheQueue() throws Exception {
        OutcomeQueue queue = new OutcomeQueue();
        List<Outcome> outcomes = List.of(outcome(1), outcome(2), outcome(3));

        WaveResult result = new WaveSender(TaskerConfig.defaults(), new Brittle(), queue)
                .send(new WaveRequest(
                        outcomes, new WorkerId("w"), Map.of(), 0, Duration.ofSeconds(1), Optional.empty()));

        assertThat(result.recorded()).extracting(WaveResult.Recorded::claim).containsExactly(new ClaimId(1));
        assertThat(result.refused()).containsExactly(new ClaimId(3));
        assertThat(queue.take(10, Duration.ZERO)).containsExactly(outcomes.get(1));
    }

    private static Outcome outcome(long number) {
        return Outcome.success(new StepId(number), new ClaimId(number), "{}");
    }

    /// Takes single outcomes only: records the first, cannot take the second for now, refuses the third.
    private static final class Brittle implements Waves {
        @Override
        public WaveResult advance(WaveRequest request) {
            Outcome outcome = request.outcomes().getFirst();
            if (request.outcomes().size() > 1 || outcome.claim().value() == 2) {
                throw new IllegalStateException("deadlock detected");
            }
            if (outcome.claim().value() == 3) {
                return new WaveResult(List.of(outcome.claim()), List.of(), List.of(), List.of());
            }
            return new WaveResult(
                    List.of(),
                    List.of(new WaveResult.Recorded(
                            new TaskId(1), outcome, StepState.COMPLETE, Optional.empty(), Instant.EPOCH)),
                    List.of(),
                    List.of());
        }

        @Override
        public Renewal renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease) {
            return Renewal.NOTHING;
        }

        @Override
        public ExpiredLeases expireLeases(int limit) {
            return ExpiredLeases.NONE;
        }

        @Override
        public Map<ClaimId, StepId> heldClaims(WorkerId worker) {
            return Map.of();
        }

        @Override
        public List<ExpiredTask> expireDeadlines(int limit) {
            return List.of();
        }
    }
}
