package dev.tasker.store;

import static dev.tasker.runtime.Workflows.template;
import static dev.tasker.store.Scene.permanent;
import static dev.tasker.store.Scene.retryable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import dev.tasker.transition.TaskState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Renewal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Steps that another transaction has locked, for longer than anybody likes.
@Timeout(60)
class LockedStepsTest {
    private static final Map<String, String> FAIL_FAST = Map.of("failure_policy", "fail_fast");

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
    void aStepThatIsLockedKeepsNoOtherLeaseFromBeingRenewedAndIsNotLost() throws SQLException {
        TaskId task = scene.create(template("a", "b"));
        List<ClaimedStep> claimed = scene.claim("w", 10, "a", "b");
        ClaimId locked = claimed.getFirst().claim();
        ClaimId free = claimed.getLast().claim();

        try (Lock _ = lockStep(claimed.getFirst().step().stepId())) {
            for (int i = 0; i < 4; i++) {
                scene.pass(Scene.LEASE.dividedBy(3));
                assertThat(renew(claimed)).isEqualTo(new Renewal(Set.of(locked, free), Set.of(), Set.of(locked)));
            }
            assertThat(scene.expireLeases()).isZero();
        }
        assertThat(renew(claimed)).isEqualTo(new Renewal(Set.of(locked, free), Set.of(), Set.of()));
        assertThat(scene.expireLeases()).isZero();
        assertThat(scene.task(task).steps()).allMatch(step -> step.attempts() == 1);
    }

    @Test
    void aClaimThatWasLostIsNotTakenForOneThatIsLocked() throws SQLException {
        scene.create(template("a"));
        List<ClaimedStep> claimed = scene.claim("w", 10, "a");
        scene.pass(Scene.LEASE.plusSeconds(1));
        scene.expireLeases();

        try (Lock _ = lockStep(claimed.getFirst().step().stepId())) {
            assertThat(renew(claimed)).isEqualTo(Renewal.NOTHING);
        }
    }

    @Test
    void aWorkerWhoseRowIsLockedRenewsItsLeasesAllTheSame() throws SQLException {
        scene.create(template("a"));
        List<ClaimedStep> claimed = scene.claim("w", 10, "a");
        scene.sql("INSERT INTO tasker.workers (worker_id, handler_keys, host, process_id, version)"
                + " VALUES ('w', '{java:a}', 'here', 1, '0')");

        try (Lock _ = lock("SELECT 1 FROM tasker.workers WHERE worker_id = 'w' FOR UPDATE")) {
            assertThat(renew(claimed).behind()).isEmpty();
        }
    }

    @Test
    void aRunningStepThatWasLockedWhenItsTaskFailedIsStoppedByItsNextRenewalAndNotTriedAgain() throws SQLException {
        TaskId task = scene.create(template(FAIL_FAST, "a", "b"));
        ClaimedStep failing = scene.claim("w1", 1, "a").getFirst();
        ClaimedStep running = scene.claim("w2", 1, "b").getFirst();

        failWhileLocked(task, running.step().stepId(), failing);

        assertThat(scene.renewal("w2", running))
                .isEqualTo(new Renewal(Set.of(running.claim()), Set.of(running.claim()), Set.of()));
        scene.record("w2", retryable(running, Duration.ZERO));
        assertThat(scene.counters(task).get("b").claimable()).isFalse();
    }

    @Test
    void aStepThatWasLockedWhenItsTaskFailedIsClaimedByNobody() throws SQLException {
        TaskId task = scene.create(template(FAIL_FAST, "a", "b"));
        ClaimedStep failing = scene.claim("w1", 1, "a").getFirst();

        failWhileLocked(task, scene.step(task, "b").id(), failing);

        assertThat(scene.claim("w2", 10, "b")).isEmpty();
        assertThat(scene.counters(task).get("b").claimable()).isFalse();
    }

    /// An operator lets the task go on: what the renewal has marked must not keep the step from another attempt.
    @Test
    void aStepThatWasStoppedGoesOnWithItsTask() throws SQLException {
        TaskId task = scene.create(template(FAIL_FAST, "a", "b"));
        ClaimedStep failing = scene.claim("w1", 1, "a").getFirst();
        ClaimedStep running = scene.claim("w2", 1, "b").getFirst();
        failWhileLocked(task, running.step().stepId(), failing);
        scene.renewal("w2", running);

        scene.sql("SELECT tasker.operate_on_tasks('retry', ARRAY[%d]::bigint[], ARRAY['error'], 'pending', 'ann', '')"
                .formatted(task.value()));
        assertThat(scene.renewal("w2", running).stopped()).isEmpty();
        scene.record("w2", retryable(running, Duration.ZERO));

        assertThat(scene.claim("w3", 10, "b")).hasSize(1);
    }

    private void failWhileLocked(TaskId task, StepId locked, ClaimedStep failing) throws SQLException {
        try (Lock _ = lockStep(locked)) {
            scene.record("w1", permanent(failing));
            assertThat(scene.task(task).summary().state()).isEqualTo(TaskState.ERROR);
        }
    }

    private Renewal renew(List<ClaimedStep> claimed) {
        Map<ClaimId, StepId> claims = new HashMap<>();
        claimed.forEach(step -> claims.put(step.claim(), step.step().stepId()));
        return new WaveStore(new Database(scene.source())).renewLeases(new WorkerId("w"), claims, Scene.LEASE);
    }

    private Lock lockStep(StepId step) throws SQLException {
        return lock("SELECT 1 FROM tasker.workflow_steps WHERE workflow_step_id = " + step.value() + " FOR UPDATE");
    }

    private Lock lock(String sql) throws SQLException {
        Lock lock = new Lock(database.dataSource().getConnection());
        lock.connection.setAutoCommit(false);
        try (Statement statement = lock.connection.createStatement()) {
            statement.execute(sql);
        }
        return lock;
    }

    /// A transaction that stays open.
    private record Lock(Connection connection) implements AutoCloseable {
        @Override
        public void close() throws SQLException {
            connection.rollback();
            connection.close();
        }
    }
}
