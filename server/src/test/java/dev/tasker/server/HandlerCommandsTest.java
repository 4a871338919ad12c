package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One handler alone, without a database.
class HandlerCommandsTest {
    private static final String HANDLERS = """
            import { StepHandler, RetryableError, defineHandler } from "tasker";

            export class Charge extends StepHandler {
              static handlerName = "shop.charge";
              static retryLimit = 5;
              static description = "Charges the card.";

              async process(task, sequence, step) {
                this.logger.info("charging", { cents: task.context.cents });
                this.publish("order.charged", { cents: task.context.cents });
                this.heartbeat({ page: step.attempts });
                return { cart: sequence.resultsOf("cart"), page: this.checkpoint().page, limit: this.config.limit };
              }
            }

            export const refuse = defineHandler((task) => {
              throw new RetryableError("busy", { retryAfter: 3 });
            });
            """;

    private final CliRunner cli = CliRunner.onUrl("postgresql://nobody@127.0.0.1:1/none");

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(folder.resolve("shop.mjs"), HANDLERS);
        Files.createDirectories(folder.resolve("node_modules/other"));
        Files.writeString(folder.resolve("node_modules/other/index.mjs"), "export const x = 1;");
    }

    private String json(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void listsTheHandlersOfAFolderWithWhatTheyDeclare() {
        CliRunner.Result result = cli.run("handler", "list", folder.toString(), "-o", "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.list("handlers"))
                .extracting(handler -> handler.get("handler"), handler -> handler.get("declares"))
                .containsExactlyInAnyOrder(
                        tuple("javascript:shop.charge", Map.of("description", "Charges the card.", "retry_limit", 5)),
                        tuple("javascript:refuse", Map.of()));
    }

    @Test
    void runsOneHandlerOnWhatItIsGiven() throws Exception {
        CliRunner.Result result = cli.run(
                "handler",
                "test",
                file.toString(),
                "--handler",
                "shop.charge",
                "--input",
                json("in.json", "{\"cents\": 1250}"),
                "--results",
                json("results.json", "{\"cart\": [1, 2]}"),
                "--step-config",
                json("config.json", "{\"limit\": 9}"),
                "--attempt",
                "2",
                "-o",
                "json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.json())
                .containsEntry("outcome", "success")
                .containsEntry("results", Map.of("cart", List.of(1, 2), "page", 2, "limit", 9));
        assertThat(result.list("events"))
                .containsExactly(Map.of("name", "order.charged", "payload", Map.of("cents", 1250)));
        assertThat(result.json().get("duration_ms")).isInstanceOf(Number.class);
    }

    @Test
    void tellsWhatAFailureIsWithItsPlaceAndExitCode() {
        CliRunner.Result result = cli.run("handler", "test", file.toString(), "--handler", "refuse");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .contains("javascript:refuse: retryable_failure")
                .contains("RetryableError: busy")
                .contains("shop.mjs:17");
    }

    @Test
    void aHandlerThatRunsForTooLongIsStopped() throws Exception {
        Files.writeString(
                folder.resolve("endless.py"),
                "from tasker import step_handler\n\n@step_handler\ndef endless(task, sequence, step):\n    while True: pass\n");

        CliRunner.Result result =
                cli.run("handler", "test", folder.resolve("endless.py").toString(), "--timeout", "300ms", "-o", "json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.object("error")).containsEntry("error_code", "STEP_TIMEOUT");
    }

    @Test
    void takesHandlerConfigAndDataFromTheTemplateOfAStep() throws Exception {
        Path template = CliRunner.HOME.resolve("examples-js/templates/order_fulfillment.yaml");
        CliRunner.Result result = cli.run(
                "handler",
                "test",
                template.toString(),
                "--step",
                "validate_cart",
                "--input",
                CliRunner.HOME.resolve("examples-js/inputs/order.json").toString(),
                "-o",
                "json");

        assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
        assertThat(result.object("results")).containsKey("total_cents");
    }

    @Test
    void anythingItCannotFindIsNamedWithWhatThereIs() {
        assertThat(cli.run("handler", "test", file.toString()).err())
                .contains("has 2 handlers: ")
                .contains("name one with --handler");
        assertThat(cli.run("handler", "test", file.toString(), "--handler", "Gone")
                        .err())
                .contains("has no handler `Gone`: ");
        assertThat(cli.run("handler", "list", folder.resolve("gone").toString()).err())
                .contains("does not exist");
        CliRunner.Result noResults = cli.run("handler", "test", file.toString(), "--handler", "shop.charge");
        assertThat(noResults.exitCode()).isEqualTo(1);
        assertThat(noResults.out()).contains("no results of step `cart` were given");
    }

    @Test
    void aFileThatCannotBeLoadedFailsWithItsPlaceAndTheOthersAreListed() throws Exception {
        Files.writeString(folder.resolve("broken.py"), "class Broken(:\n    pass\n");

        CliRunner.Result result = cli.run("handler", "list", folder.toString());

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("broken.py:1:");
        assertThat(result.out()).contains("javascript:shop.charge");
    }
}
