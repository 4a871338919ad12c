package dev.tasker.benchmarks.jmh;

import dev.tasker.result.Backoff;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The delay after a failed attempt.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BackoffBenchmark {
    private int attempt;

    @Benchmark
    public Duration delayAfterAttempts() {
        attempt = attempt % 10 + 1;
        return Backoff.DEFAULT.delayAfter(attempt, 0.5);
    }
}
