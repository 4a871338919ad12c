package dev.tasker.benchmarks.round;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.LatencyStatistics;
import dev.tasker.server.benchmark.LoopResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PrimitiveIterator;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private static final long TASKS_PER_LOOP = 100;

    /// The first numbers of the loops that were run.
    private final List<Long> loops = new ArrayList<>();

    @Test
    void warmUpEndsWhenTheCompilerHasBeenCalmTwice() throws InterruptedException {
        long begun = warmUp(Duration.ofSeconds(15), 0, 1_500, 1_500, 1_540, 1_540, 1_600);

        assertThat(loops).containsExactly(1L, 101L, 201L, 301L);
        assertThat(begun).isEqualTo(4 * TASKS_PER_LOOP);
    }

    @Test
    void calmLookBetweenBusyOnesDoesNotEndTheWarmUp() throws InterruptedException {
        warmUp(Duration.ofSeconds(15), 0, 1_500, 1_500, 1_500, 1_500, 3_000, 3_000, 3_000, 3_000, 3_000);

        assertThat(loops).hasSize(6);
    }

    @Test
    void warmUpGoesOnForFourTimesTheGivenTimeAtTheMost() throws InterruptedException {
        warmUp(Duration.ofSeconds(3), alwaysBusy());

        assertThat(loops).hasSize(1 + 4 * 3 / 2);
    }

    @Test
    void withoutATimeNobodyWaitsForTheCompiler() throws InterruptedException {
        warmUp(Duration.ZERO, alwaysBusy());

        assertThat(loops).containsExactly(1L);
    }

    private static long[] alwaysBusy() {
        long[] millis = new long[100];
        Arrays.setAll(millis, look -> look * 1_000L);
        return millis;
    }

    /// @param compilerMillis what the compiler had taken, each time it was asked
    private long warmUp(Duration least, long... compilerMillis) throws InterruptedException {
        PrimitiveIterator.OfLong counter = Arrays.stream(compilerMillis).iterator();
        return new WarmUp(this::loop, counter::nextLong)
                .run(new ClosedLoop.Limits(1, TASKS_PER_LOOP, Long.MAX_VALUE, least));
    }

    private LoopResult loop(ClosedLoop.Limits limits, long firstNumber) {
        loops.add(firstNumber);
        return new LoopResult(TASKS_PER_LOOP, TASKS_PER_LOOP, limits.timeMax(), LatencyStatistics.of(new long[] {1}));
    }
}
