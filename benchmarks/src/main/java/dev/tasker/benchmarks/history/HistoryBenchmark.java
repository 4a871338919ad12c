package dev.tasker.benchmarks.history;

import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.OneCore;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.report.Machine;
import dev.tasker.benchmarks.report.Postgres;
import dev.tasker.db.test.history.HistoryPlan;
import dev.tasker.server.benchmark.Workload;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Builds a history bit by bit, and measures engines and queries with it and without.
///
/// Engines first, as the history grows, at last with wide work, and again with what that leaves in the indexes;
/// then, with active tasks on both sides, queries; archiving last, as it takes the history away.
final class HistoryBenchmark {
    /// Beside the settings of all benchmarks: what a server with such a history would have.
    static final List<String> SETTINGS = List.of(
            "shared_buffers=2GB",
            "effective_cache_size=12GB",
            "work_mem=64MB",
            "maintenance_work_mem=512MB",
            "random_page_cost=1.1",
            "max_wal_size=8GB");

    private static final double[] GROWTH = {0, 0.1, 0.25, 0.5, 1};
    private static final int GROWTH_ROUNDS = 3;
    private static final Duration HISTORY = Duration.ofDays(180);
    /// No lease ends, no retry comes due while it is measured.
    private static final Duration HORIZON = Duration.ofHours(12);
    private static final String CHAINS = "chain of 6, 32 in flight";
    private static final String WIDE = "fan-out of 50, 32 in flight";
    private static final String AFTER_WIDE = "chain of 6 again, before the next VACUUM";
    private static final double ENGINE_RATIO = 0.9;
    private static final double ARCHIVE_RATIO = 0.8;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int PROGRESS_EVERY = 50_000;

    private final HistoryOrder order;
    private final ServerConnection server;
    private final Consumer<String> progress;
    private final Side with;
    private final Side without;
    private final List<FigureResult> figures = new ArrayList<>();
    private double generationSeconds;

    private HistoryBenchmark(
            HistoryOrder order, ServerConnection server, Side with, Side without, Consumer<String> progress) {
        this.order = order;
        this.server = server;
        this.with = with;
        this.without = without;
        this.progress = progress;
    }

    static HistoryReport run(
            HistoryOrder order, BenchmarkServer server, ServerConnection connection, Consumer<String> progress)
            throws SQLException, InterruptedException {
        connection.recreateDatabase("with_history");
        connection.recreateDatabase("without_history");
        try (Side with = Side.open("with history", server.address().withDatabase("with_history"));
                Side without = Side.open("without history", server.address().withDatabase("without_history"))) {
            return new HistoryBenchmark(order, connection, with, without, progress).run();
        }
    }

    private HistoryReport run() throws SQLException, InterruptedException {
        List<Throughput> growth = grow();
        Throughput wide = engines(WIDE, Workload.W3, order.finished(), order.rounds());
        Throughput afterWide = engines(AFTER_WIDE, Workload.W1, order.finished(), order.rounds());
        long bytes = with.bytes();
        // As autovacuum leaves them: it comes to the small one while questions are timed, and to the large one later.
        with.vacuum();
        without.vacuum();
        figures.addAll(queries());
        engineFigure(CHAINS, growth.getLast());
        engineFigure(WIDE, wide);
        engineFigure(AFTER_WIDE, afterWide);
        ArchiveCost archive = archive();
        return new HistoryReport(
                Machine.here(),
                new Postgres(server.version(), server.settings()),
                order.seed(),
                order.finished(),
                order.active(),
                order.rounds(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                generationSeconds,
                bytes,
                figures,
                growth,
                wide,
                afterWide,
                archive);
    }

    private List<FigureResult> queries() throws SQLException {
        Optional<OneCore> core = OneCore.keep(server);
        if (core.isEmpty()) {
            progress.accept("no taskset here: sessions stay on different cores, so ratios of short questions vary");
        }
        try {
            return new QueryTimer(with, without, order.rounds())
                    .time(QueryFigures.of(order.finished()), result -> progress.accept(told(result)));
        } finally {
            core.ifPresent(OneCore::close);
        }
    }

    private List<Throughput> grow() throws SQLException, InterruptedException {
        List<Throughput> growth = new ArrayList<>();
        Instant until = Instant.now();
        Instant from = until.minus(HISTORY);
        int there = 0;
        for (double share : GROWTH) {
            int wanted = (int) Math.round(order.finished() * share);
            if (wanted > there) {
                generate(with, plan(wanted - there, 0, until).between(at(from, until, there), at(from, until, wanted)));
                there = wanted;
            }
            boolean isLast = there == order.finished();
            if (isLast) {
                generate(with, plan(0, order.active(), Instant.now()));
                generate(without, plan(0, order.active(), Instant.now()));
                with.noteNewest();
                without.noteNewest();
            }
            server.checkpoint();
            growth.add(engines(CHAINS, Workload.W1, there, isLast ? order.rounds() : GROWTH_ROUNDS));
        }
        return growth;
    }

    private Throughput engines(String figure, Workload work, int finished, int rounds) throws InterruptedException {
        Throughput measured = Throughput.measure(work, finished, with, without, rounds, order.window());
        progress.accept("engine beside %,d finished tasks: %s: %,.0f steps/s, without history %,.0f, ratio %.2f"
                .formatted(finished, figure, measured.median(), measured.medianWithout(), measured.ratio()));
        return measured;
    }

    private Instant at(Instant from, Instant until, int task) {
        return from.plus(Duration.between(from, until).multipliedBy(task).dividedBy(order.finished()));
    }

    private HistoryPlan plan(int finished, int active, Instant until) {
        return HistoryPlan.of(order.seed(), finished, active, until)
                .withHorizon(HORIZON)
                .unchecked();
    }

    private void generate(Side side, HistoryPlan plan) {
        int total = plan.finished() + plan.active();
        progress.accept("generating %,d tasks %s".formatted(total, side.name()));
        long start = System.nanoTime();
        side.generate(plan, stored -> {
            if (stored % PROGRESS_EVERY == 0 && stored < total) {
                progress.accept("  %,d tasks".formatted(stored));
            }
        });
        generationSeconds += (System.nanoTime() - start) / NANOS_PER_SECOND;
    }

    private void engineFigure(String figure, Throughput measured) {
        figures.add(new FigureResult(
                "engine",
                figure,
                "steps/s",
                null,
                measured.median(),
                measured.medianWithout(),
                measured.ratio(),
                ENGINE_RATIO,
                measured.ratio() >= ENGINE_RATIO));
    }

    private ArchiveCost archive() throws InterruptedException {
        server.checkpoint();
        ArchiveCost cost = ArchiveCost.measure(with, order.rounds(), order.window());
        progress.accept("engine while archiving: %,.0f steps/s, alone %,.0f, ratio %.2f; %,.0f tasks/s archived"
                .formatted(cost.median(), cost.medianAlone(), cost.ratio(), cost.archivedPerSecond()));
        figures.add(new FigureResult(
                "engine",
                "the same while archiving, compared with alone",
                "steps/s",
                null,
                cost.median(),
                cost.medianAlone(),
                cost.ratio(),
                ARCHIVE_RATIO,
                cost.ratio() >= ARCHIVE_RATIO));
        return cost;
    }

    private static String told(FigureResult result) {
        return "%s: %s: %,.2f ms%s%s"
                .formatted(
                        result.group(),
                        result.figure(),
                        result.measured(),
                        result.ratio() == null ? "" : ", ratio %.2f".formatted(result.ratio()),
                        result.passed() ? "" : "  MISSED");
    }
}
