package dev.tasker.testing.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// Bugs that somebody could put into the routines of the wave. The simulation must find every one.
public enum Sabotage {
    OUTCOMES_ARE_NOT_FENCED("complete_steps", "AND step.claim_id = outcome.claim_id", "AND step.claim_id IS NOT NULL"),
    AN_OUTCOME_ALONE_IS_NOT_FENCED("complete_step", "AND step.claim_id = p_claim_id", "AND step.claim_id IS NOT NULL"),
    PARENTS_ARE_NOT_COUNTED("continue_steps", "step.unmet_dependencies - child.parents", "step.unmet_dependencies"),
    ONE_PARENT_IS_ENOUGH("continue_steps", "AND step.unmet_dependencies = child.parents", ""),
    TASKS_END_TOO_EARLY("end_tasks", "AND NOT tasker.dependency_is_satisfied(step.state)", "AND false"),
    A_RELEASE_COUNTS_AS_AN_ATTEMPT("fail_steps", "step.attempts - (", "step.attempts - 0 * ("),
    EXPIRED_LEASES_SETTLE_NO_TASK(
            "expire_leases", "v_settle := ARRAY(", "v_settle := ARRAY[]::bigint[]; PERFORM ARRAY("),
    LEASES_EXPIRE_TOO_EARLY("expire_leases", "lease_expires_at < v_now", "lease_expires_at IS NOT NULL"),
    BACKOFF_IS_FORGOTTEN("fail_steps", "THEN v_now + ended.retry_delay", "THEN v_now"),
    CLAIMS_COME_TOO_EARLY("ready_steps", "step.due_at <= v_now", "true"),
    FAILING_FAST_IS_FORGOTTEN("settle_tasks", "counted.failure_policy = 'fail_fast'", "false");

    private final String routine;
    private final String text;
    private final String replacement;

    Sabotage(String routine, String text, String replacement) {
        this.routine = routine;
        this.text = text;
        this.replacement = replacement;
    }

    /// Replaces the routine in this database.
    public void commit(WorkflowDatabase database) {
        try (ClockedSource source = database.open(new VirtualClock());
                Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            String definition;
            try (ResultSet rows = statement.executeQuery(
                    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = '" + routine + "'")) {
                rows.next();
                definition = rows.getString(1);
            }
            if (!definition.contains(text)) {
                throw new IllegalStateException(routine + " no longer contains: " + text);
            }
            statement.execute(definition.replace(text, replacement));
        } catch (SQLException problem) {
            throw new IllegalStateException(problem);
        }
    }
}
