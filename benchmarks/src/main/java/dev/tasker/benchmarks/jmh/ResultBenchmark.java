package dev.tasker.benchmarks.jmh;

import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.server.benchmark.NoOp;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What happens to the result of a handler before it is stored: its shape is checked, and it becomes JSON.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ResultBenchmark {
    private final Map<String, Object> order = Documents.order();
    private final String orderJson = Json.write(order);

    @Benchmark
    public Optional<JsonShape.Defect> checkSmall() {
        return JsonShape.defectIn(NoOp.RESULT, "results");
    }

    @Benchmark
    public Optional<JsonShape.Defect> checkOrder() {
        return JsonShape.defectIn(order, "results");
    }

    @Benchmark
    public String writeSmall() {
        return Json.write(NoOp.RESULT);
    }

    @Benchmark
    public String writeOrder() {
        return Json.write(order);
    }

    @Benchmark
    public String writeCanonicalOrder() {
        return Json.writeCanonical(order);
    }

    @Benchmark
    public @Nullable Object readOrder() {
        return Json.read(orderJson);
    }
}
