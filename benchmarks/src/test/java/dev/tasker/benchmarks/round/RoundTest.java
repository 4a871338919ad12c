package dev.tasker.benchmarks.round;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.benchmarks.postgres.BenchmarkServer;
import dev.tasker.benchmarks.postgres.ServerConnection;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.benchmarks.targets.CreationMain;
import dev.tasker.benchmarks.targets.CreationOrder;
import dev.tasker.benchmarks.targets.CreationResult;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.Workload;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RoundTest {
    private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));
    private static BenchmarkServer server;
    private static ServerConnection connection;

    @BeforeAll
    static void startServer() {
        server = BenchmarkServer.start(FOLDER, BenchmarkServer.Room.FOR_TESTS);
        connection = ServerConnection.open(server.address());
    }

    @AfterAll
    static void stopServer() {
        connection.close();
        server.close();
    }

    @Test
    void serverIsDurable() {
        assertThat(connection.settings())
                .containsAllEntriesOf(Map.of("fsync", "on", "synchronous_commit", "on", "full_page_writes", "on"));
    }

    @Test
    void roundReadsAllCounters() throws InterruptedException {
        connection.recreateDatabase("round");

        RoundResult result = RoundMain.run(new RoundOrder(
                MeasuredSystem.TASKER,
                Workload.W1,
                0,
                HandlerRuntime.JAVA,
                1,
                2,
                new RoundOrder.Length(20, 0, 5, 0),
                server.address(),
                "round",
                server.pid()));

        assertThat(result.system()).isEqualTo("tasker");
        assertThat(result.version()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(result.stepsPerSecond()).isPositive();
        assertThat(result.p50Millis()).isPositive().isLessThanOrEqualTo(result.p99Millis());
        assertThat(result.statementsPerStep()).isBetween(0.05, 5.0);
        assertThat(result.walBytesPerStep()).isPositive();
        assertThat(result.residentMegabytes()).isPositive();
    }

    @Test
    void chainRunsInTheLanguageThatIsAskedFor() throws InterruptedException, SQLException {
        connection.recreateDatabase("language");

        RoundResult result = RoundMain.run(new RoundOrder(
                MeasuredSystem.TASKER,
                Workload.W1,
                3,
                HandlerRuntime.JAVASCRIPT,
                1,
                2,
                new RoundOrder.Length(4, 0, 1, 0),
                server.address(),
                "language",
                server.pid()));

        assertThat(result.stepsPerSecond()).isPositive();
        try (Connection database = server.address().withDatabase("language").connect();
                Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT array_agg(DISTINCT handler_key), count(*) FROM tasker.workflow_steps"
                                + " WHERE state = 'complete'")) {
            row.next();
            assertThat((String[]) row.getArray(1).getArray()).containsExactly("javascript:NoOp");
            assertThat(row.getLong(2)).isGreaterThanOrEqualTo(3 * 4).isEqualTo(row.getLong(2) / 3 * 3);
        }
    }

    @Test
    void waveIsOneStatement() {
        connection.recreateDatabase("creation");

        CreationResult result = CreationMain.run(new CreationOrder(server.address(), "creation", 5, 1));

        assertThat(result.statementsPerWave()).isEqualTo(1);
        assertThat(result.outcomesPerWaveMax()).isEqualTo(200);
        assertThat(result.batchTasksPerSecond()).isPositive();
    }
}
