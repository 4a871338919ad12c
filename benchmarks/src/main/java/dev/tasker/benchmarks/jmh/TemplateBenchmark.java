package dev.tasker.benchmarks.jmh;

import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.WorkflowShape;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.template.Template;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Writing and reading a template: parsing, checking, ordering its steps.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TemplateBenchmark {
    private final WorkflowShape chain = WorkflowShape.chain(1_000);

    @Benchmark
    public Template sixSteps() {
        return BenchmarkTemplate.of(Workload.W1);
    }

    @Benchmark
    public Template thousandSteps() {
        return BenchmarkTemplate.of(chain);
    }
}
