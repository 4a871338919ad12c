package dev.tasker.server.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CyclicBarrier;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class ClosedLoopTest {
    private final Set<Long> numbers = new ConcurrentSkipListSet<>();

    @Test
    void eachTaskHasItsOwnNumber() throws InterruptedException {
        LoopResult result = ClosedLoop.run(system(numbers::add), ClosedLoop.Limits.ofTasks(7, 2_000), 100);

        assertThat(result.tasks()).isEqualTo(2_000);
        assertThat(numbers).hasSize(2_000).contains(100L, 2_099L);
        assertThat(numbers).allMatch(number -> number < 100 + result.begun());
    }

    @Test
    void asManyTasksAreInFlightAsWereAskedFor() throws InterruptedException {
        CyclicBarrier all = new CyclicBarrier(5);

        LoopResult result = ClosedLoop.run(system(_ -> await(all)), ClosedLoop.Limits.ofTasks(5, 20), 1);

        assertThat(result.tasks()).isEqualTo(20);
    }

    @Test
    void noTimeStillMeansOneTaskOfEachClient() throws InterruptedException {
        LoopResult result = ClosedLoop.run(system(numbers::add), ClosedLoop.Limits.ofTime(3, Duration.ZERO), 1);

        assertThat(result.tasks()).isEqualTo(3);
    }

    @Test
    void failedTaskEndsTheLoop() {
        LongConsumer fails = number -> {
            throw new IllegalStateException("task " + number + " is broken");
        };

        assertThatIllegalStateException()
                .isThrownBy(() -> ClosedLoop.run(system(fails), ClosedLoop.Limits.ofTasks(2, 1_000_000), 1))
                .withMessageContaining("is broken");
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static WorkflowSystem system(LongConsumer work) {
        return new WorkflowSystem() {
            @Override
            public void run(long number) {
                work.accept(number);
            }

            @Override
            public void close() {}
        };
    }
}
