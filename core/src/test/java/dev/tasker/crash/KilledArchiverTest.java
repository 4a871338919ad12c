package dev.tasker.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.TaskId;
import dev.tasker.runtime.Workflows;
import dev.tasker.store.Scene;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.template.Template;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Archiving processes that are killed in the middle of a batch.
class KilledArchiverTest {
    private static final int TASKS = 600;
    private static final int KILLS = 3;
    private static final int BATCHES_MAX = 20;
    private static final List<String> TABLES =
            List.of("tasks", "workflow_steps", "workflow_step_edges", "task_transitions", "workflow_step_transitions");

    @TempDir
    private Path folder;

    private TestDatabase database;
    private Scene scene;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        scene = new Scene(database);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void killedRunsLoseNothingAndDoubleNothing() throws Exception {
        long seed = Long.getLong("tasker.seed", System.nanoTime());
        System.out.println("KilledArchiverTest seed: " + seed + " (repeat with -Dtasker.seed=" + seed + ")");
        Random random = new Random(seed);
        List<TaskId> tasks = complete();
        Map<TaskId, List<?>> before = parts(tasks);
        List<Long> rows = rows();
        WorkerSettings settings = WorkerSettings.of(database, folder).with("batch", 7);

        for (int kill = 0; kill < KILLS; kill++) {
            try (WorkerProcess process = WorkerProcess.start(settings, "archiver-" + kill, ArchiverMain.class)) {
                // It goes on while the line is looked for, so that the kill strikes somewhere in a batch.
                process.awaitLine("batch " + (1 + random.nextInt(BATCHES_MAX)));
                process.kill();
            }
            assertThat(rows()).isEqualTo(rows);
            assertThat(torn()).isZero();
        }
        System.out.println("archived before the last run: " + archived() + " of " + TASKS);
        try (WorkerProcess process = WorkerProcess.start(settings, "archiver-last", ArchiverMain.class)) {
            process.awaitLine("finished");
        }

        assertThat(archived()).isEqualTo(TASKS);
        assertThat(rows()).isEqualTo(rows);
        assertThat(number("SELECT sum(tasks) FROM tasker.archived_task_totals")).isEqualTo(TASKS);
        assertThat(parts(tasks)).isEqualTo(before);
    }

    private List<TaskId> complete() {
        Template template = Workflows.template("a", "b <- a");
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            tasks.add(scene.create(template));
        }
        scene.pass(Duration.ofMinutes(1));
        List<ClaimedStep> claimed = scene.claim("w", 200, "a", "b");
        while (!claimed.isEmpty()) {
            scene.record("w", claimed.stream().map(Scene::success).toArray(Outcome[]::new));
            claimed = scene.claim("w", 200, "a", "b");
        }
        return tasks;
    }

    /// Each task's steps, transitions and state, wherever they lie.
    private Map<TaskId, List<?>> parts(List<TaskId> tasks) {
        return tasks.stream().collect(Collectors.toMap(Function.identity(), task -> {
            TaskSnapshot snapshot = scene.task(task);
            return List.of(snapshot.summary().state(), snapshot.steps(), snapshot.transitions());
        }));
    }

    private List<Long> rows() throws SQLException {
        List<Long> rows = new ArrayList<>();
        for (String table : TABLES) {
            rows.add(number("SELECT (SELECT count(*) FROM tasker." + table
                    + ") + (SELECT count(*) FROM tasker.archived_" + table + ")"));
        }
        return rows;
    }

    /// Tasks of which one part is archived and another is not.
    private long torn() throws SQLException {
        return number("SELECT count(*) FROM tasker.archived_tasks AS task WHERE task.task_id IN"
                + " (SELECT task_id FROM tasker.tasks UNION SELECT task_id FROM tasker.workflow_steps"
                + " UNION SELECT task_id FROM tasker.workflow_step_transitions)");
    }

    private long archived() throws SQLException {
        return number("SELECT count(*) FROM tasker.archived_tasks");
    }

    private long number(String query) throws SQLException {
        try (Connection connection = scene.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
