package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchmarkCommandTest {
    private static final String FOREIGN = "../examples-mixed/templates/order_fulfillment.yaml";

    @ParameterizedTest
    @ValueSource(strings = {"W1", "W2", "W3", "W4"})
    void workloadRunsOnAnEmptyDatabase(String workload) {
        try (TestDatabase database = TestDatabase.create()) {
            Result result = CliRunner.on(database)
                    .run("benchmark", "--workload", workload, "--tasks", "5", "--in-flight", "2", "-o", "json");

            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.json())
                    .containsEntry("workload", workload)
                    .containsEntry("tasks", 5)
                    .containsEntry("in_flight", 2)
                    .containsKeys("steps_per_second", "tasks_per_second", "p50_ms", "p99_ms", "max_ms", "database");
        }
    }

    @Test
    void secondRunOnTheSameDatabaseIsAllowed() {
        try (TestDatabase database = TestDatabase.create()) {
            assertThat(run(database).exitCode()).isZero();

            Result second = run(database);

            assertThat(second.exitCode()).as(second.err()).isZero();
            assertThat(second.out()).contains("STEPS/S", "P99 MS");
        }
    }

    @Test
    void databaseWithForeignDataIsRefusedAndNotChanged() throws SQLException {
        try (TestDatabase database = TestDatabase.create()) {
            registerForeignTemplate(database);

            Result refused = CliRunner.on(database).run("benchmark", "-o", "json");

            assertThat(refused.exitCode()).isEqualTo(5);
            assertThat(refused.error())
                    .containsEntry("code", "DATABASE_HAS_FOREIGN_DATA")
                    .containsEntry(
                            "details", Map.of("namespaces", Map.of("mixed", Map.of("templates", 1, "tasks", 0))));
            assertThat((String) refused.error().get("message"))
                    .contains("mixed (1 template, 0 tasks)", "Nothing was changed", "--allow-foreign-data");
            assertThat(templates(database)).isEqualTo(1);
        }
    }

    @Test
    void databaseWithForeignDataIsUsedWhenThatIsAllowed() {
        try (TestDatabase database = TestDatabase.create()) {
            registerForeignTemplate(database);

            Result result = CliRunner.on(database).run("benchmark", "--tasks", "3", "--allow-foreign-data");

            assertThat(result.exitCode()).as(result.err()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--workload=W5", "--workload=W9", "--tasks=0", "--in-flight=0", "--in-flight=many"})
    void wrongOptionIsNamed(String option) {
        Result result = CliRunner.onUrl("postgresql://localhost:1/none").run("benchmark", option);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(option.substring(0, option.indexOf('=')));
    }

    private static Result run(TestDatabase database) {
        return CliRunner.on(database).run("benchmark", "--tasks", "3", "--in-flight", "1");
    }

    private static void registerForeignTemplate(TestDatabase database) {
        Result registered = CliRunner.on(database).run("template", "register", FOREIGN);
        assertThat(registered.exitCode()).as(registered.err()).isZero();
    }

    private static int templates(TestDatabase database) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM tasker.named_tasks")) {
            row.next();
            return row.getInt(1);
        }
    }
}
