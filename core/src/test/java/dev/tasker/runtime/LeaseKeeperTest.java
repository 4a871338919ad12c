package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.event.EventPublisher;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.WorkerId;
import dev.tasker.wave.Checkpoints;
import dev.tasker.wave.ExpiredLeases;
import dev.tasker.wave.ExpiredTask;
import dev.tasker.wave.Renewal;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import dev.tasker.wave.Waves;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {
    private static final Duration LEASE = Duration.ofSeconds(3);

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aRenewalThatFailsIsRepeatedLongBeforeItsNextTurn() throws Exception {
        Failing waves = new Failing(new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE, "away", Map.of(), new IllegalStateException()));

        assertThat(betweenTwoRenewals(waves)).isLessThan(LEASE.dividedBy(4));
    }

    @Test
    void anErrorOfTheJvmDoesNotEndTheRenewals() throws Exception {
        assertThat(betweenTwoRenewals(new Failing(new StackOverflowError()))).isLessThan(LEASE.dividedBy(4));
    }

    private Duration betweenTwoRenewals(Failing waves) throws InterruptedException {
        TaskerConfig config = TaskerConfig.defaults().withLease(LEASE);
        Attempts attempts = new Attempts(
                Map.of(),
                new Declarations(),
                timer,
                new ResultEncoder(config, () -> 0, () -> ""),
                new Attempts.Stored(_ -> Map.of(), new NoCheckpoints()),
                _ -> {});
        EventPublisher events = new EventPublisher(Clock.systemUTC(), Runnable::run);
        new LeaseKeeper(
                        config,
                        waves,
                        attempts,
                        new OutcomeQueue(),
                        new WaveEvents(events, attempts::takeEvents),
                        new DeadlineKeeper(waves, attempts, events, _ -> {
                            throw new IllegalStateException();
                        }))
                .start(timer);
        Long first = waves.renewals.poll(20, TimeUnit.SECONDS);
        Long second = waves.renewals.poll(20, TimeUnit.SECONDS);
        assertThat(second).as("time of the second renewal").isNotNull();
        return Duration.ofNanos(second - first);
    }

    /// Tells when it was asked for a renewal, and fails.
    private static final class Failing implements Waves {
        private final BlockingQueue<Long> renewals = new LinkedBlockingQueue<>();
        private final Throwable problem;

        Failing(Throwable problem) {
            this.problem = problem;
        }

        @Override
        public Renewal renewLeases(WorkerId worker, Map<ClaimId, StepId> claims, Duration lease) {
            renewals.add(System.nanoTime());
            switch (problem) {
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                default -> throw new IllegalStateException(problem);
            }
        }

        @Override
        public WaveResult advance(WaveRequest request) {
            return WaveResult.NOTHING;
        }

        @Override
        public ExpiredLeases expireLeases(int limit) {
            return ExpiredLeases.NONE;
        }

        @Override
        public List<ExpiredTask> expireDeadlines(int limit) {
            return List.of();
        }

        @Override
        public Map<ClaimId, StepId> heldClaims(WorkerId worker) {
            return Map.of();
        }
    }

    private static final class NoCheckpoints implements Checkpoints {
        @Override
        public boolean keep(StepId step, ClaimId claim, @Nullable Object checkpoint) {
            return false;
        }

        @Override
        public @Nullable Object find(StepId step) {
            return null;
        }
    }
}
