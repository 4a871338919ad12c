package dev.tasker.testing.example;

import static dev.tasker.transition.StepState.COMPLETE;
import static dev.tasker.transition.StepState.ERROR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.testing.Script;
import dev.tasker.testing.TaskRun;
import dev.tasker.testing.WorkflowTest;
import dev.tasker.testing.database.WorkflowDatabase;
import dev.tasker.transition.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderTest {
    private static final Path TEMPLATE = Path.of("src/test/resources/example/order.yaml");
    private static WorkflowDatabase database;

    private final ChargePayment.Gateway gateway = new ChargePayment.Gateway();
    private WorkflowTest test;

    @BeforeAll
    static void createDatabase() {
        database = WorkflowDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @BeforeEach
    void open() {
        test = WorkflowTest.of(TEMPLATE, database);
        test.handler("charge_payment", new ChargePayment(gateway));
        test.scriptRest(Script.succeed());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void anOrderIsChargedAndShipped() {
        TaskRun run = test.start(Map.of("order_id", 7));

        run.runUntilIdle();

        run.assertThat()
                .taskIs(TaskState.COMPLETE)
                .stepIs("charge_payment", COMPLETE)
                .results(Map.of("charge_id", 1));
    }

    @Test
    void aGatewayThatIsDownIsAskedAgainAfterTwoSeconds() {
        gateway.down = true;
        TaskRun run = test.start(Map.of("order_id", 7));
        run.runUntilIdle();
        run.assertThat().stepIs("charge_payment", ERROR).failedWith("gateway down");

        gateway.down = false;
        run.advance(Duration.ofSeconds(2));

        run.assertThat()
                .taskIs(TaskState.COMPLETE)
                .stepIs("charge_payment", COMPLETE)
                .attempts(2)
                .trail(
                        "pending>in_progress",
                        "in_progress>error",
                        "error>pending",
                        "pending>in_progress",
                        "in_progress>complete");
    }

    @Test
    void aWorkerThatDiesAfterTheChargeDoesNotChargeTwice() {
        TaskRun run = test.start(Map.of("order_id", 7));
        run.crashWorkerDuring("charge_payment");

        run.runUntilIdle().passLease();

        run.assertThat().taskIs(TaskState.COMPLETE);
        assertThat(test.calls("charge_payment")).isEqualTo(2);
        assertThat(gateway.charges()).isEqualTo(1);
    }

    @Test
    void anOrderFailsWhenTheCarrierRefusesIt() {
        test.script("ship", Script.failRetryable("no van").then(Script.failPermanently("no such address")));
        TaskRun run = test.start(Map.of("order_id", 7));

        run.runUntilEnd();

        run.assertThat().taskIs(TaskState.ERROR).stepIs("ship", ERROR).failedWith("no such address");
        assertThat(test.calls("thank")).isZero();
    }
}
