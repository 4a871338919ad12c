package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.compare.Comparison;
import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.round.RoundOrder;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// W5, and chains of 6 in each language alone, 32 in flight, each in a process and on a database of its own.
final class Throughput {
    private static final int IN_FLIGHT = 32;
    private static final int CHAIN = 6;
    private static final long WARM_UP_TASKS = 500;
    private static final String DATABASE = "benchmark";
    private static final List<HandlerRuntime> LANGUAGES =
            List.of(HandlerRuntime.JAVASCRIPT, HandlerRuntime.PYTHON, HandlerRuntime.RUBY, HandlerRuntime.JAVA);

    private final PolyglotOrder order;
    private final BenchmarkServer server;
    private final Comparison comparison;

    private Throughput(PolyglotOrder order, BenchmarkServer server, Comparison comparison) {
        this.order = order;
        this.server = server;
        this.comparison = comparison;
    }

    static List<ThroughputResult> run(PolyglotOrder order, Consumer<String> progress) throws InterruptedException {
        try (BenchmarkServer server = BenchmarkServer.start(order.dataFolder(), BenchmarkServer.Room.FOR_RUNS);
                ServerConnection connection = ServerConnection.open(server.address())) {
            return new Throughput(order, server, new Comparison(server, connection, progress)).measure(progress);
        }
    }

    private List<ThroughputResult> measure(Consumer<String> progress) throws InterruptedException {
        Map<String, List<RoundResult>> rounds = new LinkedHashMap<>();
        for (int round = 1; round <= order.rounds(); round++) {
            note(rounds, ThroughputResult.W5, round(Workload.W5, 0, HandlerRuntime.JAVA, round), progress);
            for (HandlerRuntime language : LANGUAGES) {
                note(rounds, language.key(), round(Workload.W1, CHAIN, language, round), progress);
            }
        }
        List<ThroughputResult> results = new ArrayList<>();
        rounds.forEach((work, measured) -> results.add(ThroughputResult.of(work, measured)));
        return results;
    }

    private static void note(
            Map<String, List<RoundResult>> rounds, String work, RoundResult result, Consumer<String> progress) {
        rounds.computeIfAbsent(work, _ -> new ArrayList<>()).add(result);
        progress.accept("throughput, round %d, %s: %,.0f steps/s, %.3f CPU s/1000 steps"
                .formatted(result.round(), work, result.stepsPerSecond(), result.cpuSecondsPer1000Steps()));
    }

    private RoundResult round(Workload workload, int chainSteps, HandlerRuntime language, int round)
            throws InterruptedException {
        return comparison.measure(new RoundOrder(
                MeasuredSystem.TASKER,
                workload,
                chainSteps,
                language,
                round,
                IN_FLIGHT,
                new RoundOrder.Length(0, order.engineSeconds(), WARM_UP_TASKS, order.engineWarmUpSeconds()),
                server.address(),
                DATABASE,
                server.pid()));
    }
}
