package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.json.Json;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The example workflows, in the real languages.
class ExamplesTest {
    private static TestDatabase database;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @ParameterizedTest
    @CsvSource({
        "examples-ruby, order_fulfillment, order.json",
        "examples-python, order_fulfillment, order.json",
        "examples-js, order_fulfillment, order.json",
        "examples-ruby, customer_analytics, analytics.json",
        "examples-python, customer_analytics, analytics.json",
        "examples-js, customer_analytics, analytics.json",
        "examples-mixed, order_fulfillment, order.json"
    })
    void resultsAreThoseExpectedInEachLanguage(String example, String workflow, String input) throws IOException {
        Result result = run(example, workflow, input);

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(results(result)).isEqualTo(expected(example, workflow));
    }

    @Test
    void expectedResultsAreTheSameForAllLanguages() throws IOException {
        for (String workflow : new String[] {"order_fulfillment", "customer_analytics"}) {
            assertThat(expected("examples-ruby", workflow)).isEqualTo(expected("examples-python", workflow));
            assertThat(expected("examples-js", workflow)).isEqualTo(expected("examples-python", workflow));
        }
    }

    @Test
    void gatewayTimeoutsAreRetried() {
        Result result = run("examples-js", "order_fulfillment", "order_with_timeouts.json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.list("steps"))
                .anySatisfy(step ->
                        assertThat(step).containsEntry("name", "charge_payment").containsEntry("attempts", 3));
    }

    @Test
    void changedPriceFailsForGood() {
        Result result = run("examples-js", "order_fulfillment", "order_with_old_price.json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("PRICE_CHANGED");
    }

    private static Result run(String example, String workflow, String input) {
        Path folder = CliRunner.HOME.resolve(example);
        return CliRunner.on(database)
                .run(
                        "run",
                        folder.resolve("templates/" + workflow + ".yaml").toString(),
                        "--input",
                        folder.resolve("inputs/" + input).toString(),
                        "-o",
                        "json");
    }

    private static Map<String, Object> results(Result result) {
        Map<String, Object> results = new LinkedHashMap<>();
        result.list("steps").forEach(step -> results.put((String) step.get("name"), step.get("results")));
        return results;
    }

    private static Object expected(String example, String workflow) throws IOException {
        return Json.read(Files.readString(CliRunner.HOME.resolve(example + "/expected/" + workflow + ".json")));
    }
}
