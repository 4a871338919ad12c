package dev.tasker.testing.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WorkflowDatabaseTest {
    @Test
    void aSecondDatabaseIsThereAtOnce() {
        WorkflowDatabase.create().close();

        Duration best = Duration.ofHours(1);
        for (int attempt = 0; attempt < 5; attempt++) {
            long begin = System.nanoTime();
            WorkflowDatabase database = WorkflowDatabase.create();
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            database.close();
            Duration withDrop = Duration.ofNanos(System.nanoTime() - begin);
            System.out.println("WorkflowDatabaseTest: created in " + took.toMillis() + " ms, with drop "
                    + withDrop.toMillis() + " ms");
            best = took.compareTo(best) < 0 ? took : best;
        }

        // The aim is 100 ms; a busy machine gets some more.
        assertThat(best).isLessThan(Duration.ofMillis(300));
    }

    @Test
    void theDatabaseTellsTheTimeOfTheTest() throws SQLException {
        VirtualClock clock = new VirtualClock();
        try (WorkflowDatabase database = WorkflowDatabase.create();
                ClockedSource source = database.open(clock)) {
            assertThat(now(source)).isEqualTo(VirtualClock.START);

            clock.advance(Duration.ofDays(400));

            assertThat(now(source)).isEqualTo(VirtualClock.START.plus(Duration.ofDays(400)));
        }
    }

    @Test
    void timeNeverGoesBack() {
        VirtualClock clock = new VirtualClock();

        assertThatThrownBy(() -> clock.moveTo(VirtualClock.START.minusMillis(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only goes forward");
    }

    @Test
    void onlyDatabasesOfProcessesThatHaveEndedAreAbandoned() {
        assertThat(DatabaseName.isAbandoned(DatabaseName.next())).isFalse();
        assertThat(DatabaseName.isAbandoned("tasker_test_4194304_17_1")).isTrue();
        assertThat(DatabaseName.isAbandoned(
                        "tasker_test_" + ProcessHandle.current().pid() + "_17_1"))
                .as("another process had this number before")
                .isTrue();
        assertThat(DatabaseName.isAbandoned("tasker_test_mine")).isFalse();
    }

    @Test
    void aServerIsNamedByItsAddress() {
        assertThatThrownBy(() -> DatabaseServer.at("postgresql://localhost/x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("jdbc:postgresql://host:port/database");
    }

    private static Instant now(ClockedSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT tasker.now()")) {
            rows.next();
            return rows.getTimestamp(1).toInstant();
        }
    }
}
