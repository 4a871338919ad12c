package dev.tasker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.query.UnsoundRow;
import dev.tasker.runtime.Workflows;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules that are kept by the routines alone, and no longer by constraints.
class UnsoundRowsTest {
    private static final int TASKS = 60;
    private static final int ALL = 100;

    private TestDatabase database;
    private Scene scene;

    @BeforeEach
    void open() {
        database = TestDatabase.create();
        scene = new Scene(database);
    }

    @AfterEach
    void drop() {
        scene.close();
        database.close();
    }

    @Test
    void nothingThatEnginesAndOperatorsDoBreaksARule() throws Exception {
        RandomHistory.seeded(scene, "UnsoundRowsTest").make(TASKS);

        assertThat(rules()).isEmpty();
        assertThat(figures().unsoundRows(ALL)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "workflow_steps | state = 'running' | the state is known",
                "workflow_steps | attempts = -1 | counters are not negative",
                "workflow_steps | unmet_dependencies = 1 | a claimable step can run",
                "workflow_steps | held = true | a held step is not claimable",
                "workflow_steps | state = 'in_progress' | a lease is held while in progress",
                "tasks | state = 'running' | the state is known",
                "tasks | ended_at = now() | an ended task has the time of its end",
                "tasks | failure_policy = 'none' | the failure policy is known",
                "tasks | deadline_after = '-1 s' | a deadline is a positive time",
                "tasks | named_task_id = 0 | the template exists",
                "tasks | total_steps = 2 | the number of steps is that of its steps",
            })
    void aRowThatSomebodyHasBrokenIsTold(String table, String change, String rule) throws Exception {
        scene.create(Workflows.template("a"));
        scene.sql("UPDATE tasker." + table + " SET " + change);

        assertThat(rules()).contains(rule);
        if (!change.contains("running")) {
            assertThat(figures().unsoundRows(ALL)).extracting(UnsoundRow::rule).contains(rule);
        }
    }

    @Test
    void whatIsLeftOfATaskThatSomebodyHasDeletedIsTold() throws Exception {
        scene.create(Workflows.template("a"));
        scene.sql("DELETE FROM tasker.tasks");

        assertThat(rules()).containsExactly("the task exists");
    }

    @Test
    void aTransitionToAStateThatDoesNotExistIsTold() throws Exception {
        scene.sql(
                "INSERT INTO tasker.task_transitions (task_id, from_state, to_state) VALUES (1, 'pending', 'running')");
        scene.sql(
                "INSERT INTO tasker.workflow_step_transitions (task_id, workflow_step_id, from_state, to_state, metadata)"
                        + " VALUES (1, 1, 'pending', 'in_progress', '[]')");

        assertThat(rules()).hasSize(2).containsOnly("states are known, and metadata is an object");
    }

    private FigureStore figures() {
        return new Queries(new Database(scene.source())).figures();
    }

    private List<String> rules() throws Exception {
        List<String> rules = new ArrayList<>();
        try (Connection connection = scene.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT rule FROM tasker.unsound_rows(false)")) {
            while (rows.next()) {
                rules.add(rows.getString(1));
            }
        }
        return rules;
    }
}
