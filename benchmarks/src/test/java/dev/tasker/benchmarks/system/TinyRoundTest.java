package dev.tasker.benchmarks.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.benchmarks.postgres.DatabaseAddress;
import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.LoopResult;
import dev.tasker.server.benchmark.WorkflowSystem;
import dev.tasker.server.benchmark.Workload;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TinyRoundTest {
    private static final int TASKS = 12;

    static List<Arguments> everySystemAndItsWorkloads() {
        List<Arguments> all = new ArrayList<>();
        for (MeasuredSystem system : MeasuredSystem.values()) {
            for (Workload workload : List.of(Workload.W1, Workload.W2, Workload.W3, Workload.W4)) {
                if (system.supports(workload)) {
                    all.add(Arguments.of(system, workload));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("everySystemAndItsWorkloads")
    void everyStepOfEveryTaskHasAResult(MeasuredSystem system, Workload workload) throws Exception {
        try (TestDatabase database = TestDatabase.createEmpty(PostgresVersion.V18)) {
            Work work = Work.of(workload);

            try (WorkflowSystem running = system.start(address(database), work, 4)) {
                LoopResult result = ClosedLoop.run(running, ClosedLoop.Limits.ofTasks(4, TASKS), 1);

                assertThat(result.tasks()).isEqualTo(TASKS);
                assertThat(results(database, system)).isEqualTo((long) TASKS * system.steps(work));
            }
        }
    }

    private static long results(TestDatabase database, MeasuredSystem system) throws SQLException {
        String rows = switch (system) {
            case TASKER -> "tasker.workflow_steps WHERE results IS NOT NULL AND state = 'complete'";
            case DBOS_JAVA -> "dbos.operation_outputs WHERE output IS NOT NULL";
            case DB_SCHEDULER -> "step_results";
            case BASELINE -> "results";
        };
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + rows)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static DatabaseAddress address(TestDatabase database) {
        URI uri = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        return new DatabaseAddress(
                uri.getHost(), uri.getPort(), uri.getPath().substring(1), database.user(), database.password());
    }
}
