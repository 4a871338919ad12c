package dev.tasker.db.test.history;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/// Fills a migrated database with tasks, as if engines had run them for months: by `COPY`, over two connections.
///
/// The same seed on the same state of the database gives the same rows. Nobody else may create tasks or run steps
/// meanwhile, as ids are taken from where the sequences stand, which are moved at the end. Then the tables are vacuumed
/// and analyzed. May be called again and again: a history grows.
///
/// ```java
/// HistoryGenerator.generate(dataSource, HistoryPlan.of(seed, 500, 100, Instant.now()), count -> {});
/// ```
public final class HistoryGenerator {
    private static final int BATCH = 5_000;
    private static final int ANNOTATED_PERCENT = 5;
    private static final Duration ACTIVE_SINCE = Duration.ofHours(1);
    /// Longer than any story takes.
    private static final Duration STORY_MAX = Duration.ofMinutes(2);

    private static final List<HistoryRows.Table> LINKED = List.of(
            HistoryRows.Table.TASKS, HistoryRows.Table.STEPS, HistoryRows.Table.EDGES, HistoryRows.Table.ANNOTATIONS);
    private static final List<HistoryRows.Table> TRANSITIONS =
            List.of(HistoryRows.Table.TASK_TRANSITIONS, HistoryRows.Table.STEP_TRANSITIONS);

    private final HistoryPlan plan;
    private final List<Shape> shapes;
    private final long annotationType;
    private final Ids ids;

    private HistoryGenerator(HistoryPlan plan, Connection connection) throws SQLException {
        this.plan = plan;
        this.shapes = HistoryTemplates.register(connection);
        this.annotationType = annotationType(connection);
        this.ids = new Ids(connection);
    }

    /// Blocks until all is stored and analyzed.
    ///
    /// @param progress is told now and then how many tasks are stored
    /// @throws IllegalStateException the database refused something; part of it may be stored
    public static void generate(DataSource source, HistoryPlan plan, LongConsumer progress) {
        try (Connection linked = source.getConnection();
                Connection moves = source.getConnection()) {
            makePartitions(linked, plan);
            HistoryGenerator generator = new HistoryGenerator(plan, linked);
            if (!plan.checked()) {
                run(linked, "SET session_replication_role = replica");
            }
            generator.store(linked, moves, progress);
            run(linked, "RESET session_replication_role");
            generator.ids.advanceSequences(linked);
            run(linked, "VACUUM (ANALYZE)");
        } catch (SQLException e) {
            throw new IllegalStateException("the history could not be generated (seed " + plan.seed() + ")", e);
        }
    }

    // Each batch is made while the one before it is being stored.
    private void store(Connection linked, Connection moves, LongConsumer progress) {
        CompletableFuture<Void> stored = CompletableFuture.completedFuture(null);
        int total = plan.finished() + plan.active();
        for (int start = 0; start < total; start += BATCH) {
            int end = Math.min(total, start + BATCH);
            HistoryRows rows = batch(start, end);
            join(stored);
            stored = CompletableFuture.allOf(
                    CompletableFuture.runAsync(() -> copy(linked, rows, LINKED), HistoryGenerator::thread),
                    CompletableFuture.runAsync(() -> copy(moves, rows, TRANSITIONS), HistoryGenerator::thread));
            progress.accept(end);
        }
        join(stored);
    }

    private static void thread(Runnable work) {
        Thread.ofVirtual().name("history-copy").start(work);
    }

    private static void join(CompletableFuture<Void> stored) {
        try {
            stored.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("a batch of the history was refused", e.getCause());
        }
    }

    private HistoryRows batch(int start, int end) {
        HistoryRows rows = new HistoryRows();
        for (int index = start; index < end; index++) {
            long taskId = ids.next(Ids.Kind.TASK);
            tell(taskId, index, rows);
        }
        return rows;
    }

    private void tell(long taskId, int index, HistoryRows rows) {
        boolean finished = index < plan.finished();
        SplittableRandom random = new SplittableRandom(plan.seed() * 1_000_003 + taskId);
        Shape shape = shape(random);
        long createdAt = createdAt(index, finished);
        List<PlayedStep> steps = new ArrayList<>();
        shape.steps().forEach(step -> steps.add(new PlayedStep(step, ids.next(Ids.Kind.STEP), createdAt)));
        PlayedTask task = new PlayedTask(shape, taskId, createdAt, steps);
        new Story(plan, random, Fate.draw(random, finished), task, ids, rows).tell();

        rows.task(task, plan.seed(), random);
        for (PlayedStep child : steps) {
            child.template.parents().forEach(parent -> rows.edge(task, steps.get(parent), child));
        }
        if (random.nextInt(100) < ANNOTATED_PERCENT) {
            rows.annotation(task, annotationType, random);
        }
    }

    private long createdAt(int index, boolean finished) {
        long until = plan.until().minus(STORY_MAX).toEpochMilli();
        long from = finished ? Math.min(plan.from().toEpochMilli(), until) : until - ACTIVE_SINCE.toMillis();
        long place = finished ? index : index - plan.finished();
        return from + (until - from) * place / (finished ? plan.finished() : plan.active());
    }

    private Shape shape(SplittableRandom random) {
        int ticket = random.nextInt(100);
        for (Shape shape : shapes) {
            ticket -= shape.weight();
            if (ticket < 0) {
                return shape;
            }
        }
        throw new IllegalStateException("the weights of templates do not sum up to 100");
    }

    private static void copy(Connection connection, HistoryRows rows, List<HistoryRows.Table> tables) {
        try {
            for (HistoryRows.Table table : tables) {
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(table.copy(), new StringReader(rows.text(table)), 1 << 20);
            }
        } catch (SQLException | IOException e) {
            throw new IllegalStateException("COPY was refused", e);
        }
    }

    // Before any row of theirs: a row in the default partition keeps its month from being made.
    private static void makePartitions(Connection connection, HistoryPlan plan) throws SQLException {
        Instant first = plan.from().minus(STORY_MAX).minus(ACTIVE_SINCE);
        long months = ChronoUnit.MONTHS.between(
                first.atOffset(ZoneOffset.UTC).withDayOfMonth(1), plan.until().atOffset(ZoneOffset.UTC));
        run(connection, "SET tasker.now = '" + first + "'");
        run(connection, "SELECT tasker.ensure_transition_partitions(" + (months + 2) + ")");
        run(connection, "RESET tasker.now");
    }

    private static long annotationType(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO tasker.annotation_types (name) VALUES ('note')
                ON CONFLICT (name) DO UPDATE SET updated_at = tasker.now()
                RETURNING annotation_type_id""");
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
