package dev.tasker.db.test.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;

/// Hands out ids where the sequences stand, and moves the sequences in the end. Nobody else may write meanwhile.
final class Ids {
    private final Map<Kind, Long> last = new EnumMap<>(Kind.class);

    /// What has ids, with the sequence that they come from.
    enum Kind {
        TASK("tasker.tasks_task_id_seq"),
        STEP("tasker.workflow_steps_workflow_step_id_seq"),
        CLAIM("tasker.claim_ids"),
        TRANSITION("tasker.transition_ids");

        private final String sequence;

        Kind(String sequence) {
            this.sequence = sequence;
        }
    }

    Ids(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (Kind kind : Kind.values()) {
                try (ResultSet rows = statement.executeQuery(
                        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM " + kind.sequence)) {
                    rows.next();
                    last.put(kind, rows.getLong(1));
                }
            }
        }
    }

    long next(Kind kind) {
        return last.merge(kind, 1L, Long::sum);
    }

    void advanceSequences(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (Kind kind : Kind.values()) {
                long value = last.get(kind);
                if (value > 0) {
                    statement.execute("SELECT setval('" + kind.sequence + "', " + value + ")");
                }
            }
        }
    }
}
