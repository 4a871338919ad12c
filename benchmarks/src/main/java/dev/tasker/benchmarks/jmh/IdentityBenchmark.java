package dev.tasker.benchmarks.jmh;

import dev.tasker.request.IdentityStrategies;
import dev.tasker.request.TaskRequest;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.template.Template;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The identity hash of a request, over its canonical JSON, and the request itself.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IdentityBenchmark {
    private final IdentityStrategies identities = new IdentityStrategies();
    private final Template template = BenchmarkTemplate.of(Workload.W1);
    private final TaskRequest request = TaskRequest.builder(Documents.order()).build();

    public IdentityBenchmark() {
        identities.useByDefault("hash");
    }

    @Benchmark
    public String identityHash() {
        return identities.identityHash(template, request, Instant.EPOCH);
    }

    @Benchmark
    public TaskRequest request() {
        return TaskRequest.builder(Documents.order()).build();
    }
}
