package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.process.ChildProcess;
import dev.tasker.benchmarks.process.GuestCompiler;
import dev.tasker.benchmarks.report.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Measures the parts one after the other, each several times.
final class PolyglotBenchmark {
    private static final List<String> LANGUAGES = List.of("javascript", "ruby", "python", "java");
    private static final List<String> GUESTS = List.of("javascript", "ruby", "python");
    private static final List<Integer> CONTEXTS = List.of(1, 2, 4);
    private static final int BATCHES = 9;
    private static final long BATCH_MILLIS = 250;
    /// Interpreted code is as fast as it gets after a quarter of the time.
    private static final double INTERPRETED_WARM_UP = 0.25;

    private static final double PIPE_WARM_UP_SECONDS = 3;
    private static final int PIPE_BATCHES = 3;
    private static final double MEMORY_WARM_UP_SECONDS = 5;

    private final PolyglotOrder order;
    private final Consumer<String> progress;

    private PolyglotBenchmark(PolyglotOrder order, Consumer<String> progress) {
        this.order = order;
        this.progress = progress;
    }

    /// Runs everything that was asked for.
    ///
    /// @param progress takes one line for each measurement
    static PolyglotReport run(PolyglotOrder order, Consumer<String> progress) throws InterruptedException {
        return new PolyglotBenchmark(order, progress).run();
    }

    private PolyglotReport run() throws InterruptedException {
        double busyCores = Quietness.busyCores();
        if (Quietness.isNoisy(busyCores)) {
            progress.accept("the machine is not quiet: %.1f cores are busy with other work".formatted(busyCores));
        }
        List<CallResult> calls = order.parts().contains(Part.CALLS) ? calls() : List.of();
        List<PipeResult> pipe = order.parts().contains(Part.PIPE) ? pipe() : List.of();
        List<StartResult> startup = order.parts().contains(Part.STARTUP) ? startup() : List.of();
        List<MemoryResult> memory = order.parts().contains(Part.MEMORY) ? memory() : List.of();
        List<ThroughputResult> throughput =
                order.parts().contains(Part.THROUGHPUT) ? Throughput.run(order, progress) : List.of();
        return new PolyglotReport(
                Machine.here(),
                busyCores,
                order.rounds(),
                calls,
                pipe,
                startup,
                memory,
                throughput,
                PolyglotTargets.of(calls, startup, memory, throughput));
    }

    private List<CallResult> calls() throws InterruptedException {
        List<CallResult> results = new ArrayList<>();
        for (String language : LANGUAGES) {
            for (Mode mode : Mode.values()) {
                List<CallMain.Times> rounds = new ArrayList<>();
                for (int round = 1; round <= order.rounds(); round++) {
                    CallMain.Times times = call(language, mode);
                    rounds.add(times);
                    progress.accept("calls, round %d, %s %s: order %.1f us, echo %.1f us"
                            .formatted(round, language, mode.key(), times.orderMicros(), times.echoMicros()));
                }
                results.add(new CallResult(
                        language,
                        mode.key(),
                        Median.of(
                                rounds.stream().map(CallMain.Times::orderMicros).toList()),
                        Median.of(
                                rounds.stream().map(CallMain.Times::echoMicros).toList())));
            }
        }
        return results;
    }

    private CallMain.Times call(String language, Mode mode) throws InterruptedException {
        double warmUp = order.callWarmUpSeconds() * (mode == Mode.COMPILED ? 1 : INTERPRETED_WARM_UP);
        CallMain.Times times = new ChildProcess(CallMain.class, mode.options())
                .run(new CallMain.Order(language, warmUp, BATCHES, BATCH_MILLIS), CallMain.Times.class);
        if (times.isCompiled() != (mode == Mode.COMPILED)) {
            throw new IllegalStateException("a JVM for " + mode.key() + " guest code "
                    + (times.isCompiled() ? "has a compiler" : "has no compiler; look into server/target/compiler"));
        }
        return times;
    }

    private List<PipeResult> pipe() throws InterruptedException {
        List<PipeResult> results = new ArrayList<>();
        for (PipeRuntime runtime : PipeRuntime.values()) {
            Optional<String> version = runtime.version();
            if (version.isEmpty()) {
                progress.accept("pipe: " + runtime.program() + " is not installed, and is left out");
                results.add(PipeResult.missing(runtime));
                continue;
            }
            List<Double> wall = new ArrayList<>();
            List<Double> cpu = new ArrayList<>();
            for (int round = 1; round <= order.rounds(); round++) {
                PipeMain.Times times = new ChildProcess(PipeMain.class, List.of())
                        .run(
                                new PipeMain.Order(
                                        runtime.program(), runtime.suffix(), PIPE_WARM_UP_SECONDS, PIPE_BATCHES),
                                PipeMain.Times.class);
                wall.add(times.wallMicros());
                cpu.add(times.cpuMicros());
                progress.accept("pipe, round %d, %s: %.1f us, CPU %.1f us"
                        .formatted(round, runtime.program(), times.wallMicros(), times.cpuMicros()));
            }
            results.add(new PipeResult(
                    runtime.language(), runtime.program(), version.get(), Median.of(wall), Median.of(cpu)));
        }
        return results;
    }

    private List<StartResult> startup() throws InterruptedException {
        progress.accept("startup: preparing a home folder with an embedded database");
        try (StartUp startUp = StartUp.prepare(order.dataFolder())) {
            return startUp.run(order.rounds(), progress);
        }
    }

    private List<MemoryResult> memory() throws InterruptedException {
        List<MemoryResult> results = new ArrayList<>();
        for (String language : GUESTS) {
            results.addAll(memory(language, List.of(language)));
        }
        results.addAll(memory(MemoryResult.ALL, GUESTS));
        return results;
    }

    private List<MemoryResult> memory(String name, List<String> languages) throws InterruptedException {
        List<List<MemoryMain.Look>> rounds = new ArrayList<>();
        for (int round = 1; round <= order.rounds(); round++) {
            List<MemoryMain.Look> looks = new ChildProcess(MemoryMain.class, GuestCompiler.options())
                    .run(new MemoryMain.Order(languages, CONTEXTS, MEMORY_WARM_UP_SECONDS), MemoryMain.Looks.class)
                    .looks();
            rounds.add(looks);
            progress.accept("memory, round %d, %s: %.0f MB with one context, %.0f MB with %d"
                    .formatted(
                            round,
                            name,
                            looks.getFirst().residentMib(),
                            looks.getLast().residentMib(),
                            looks.getLast().contexts()));
        }
        return IntStream.range(0, CONTEXTS.size())
                .mapToObj(place -> new MemoryResult(
                        name,
                        CONTEXTS.get(place),
                        Median.of(rounds.stream()
                                .map(looks -> looks.get(place).residentMib())
                                .toList()),
                        Median.of(rounds.stream()
                                .map(looks -> looks.get(place).heapMib())
                                .toList())))
                .toList();
    }
}
