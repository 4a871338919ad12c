package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is wrong is named, with its exit code, and nothing is stored.
class BadInputTest {
    private static TestDatabase database;

    @TempDir
    private Path folder;

    private CliRunner cli;

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @BeforeEach
    void writeInput() throws IOException {
        cli = CliRunner.on(database);
        write("input.json", "{}");
    }

    @Test
    void unknownTemplateIsNotFound() throws Exception {
        Result result = cli.run("run", "shop.unheard_of", "--input", path("input.json"));

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.err()).startsWith("tasker: no template shop.unheard_of is registered");
        assertNothingIsStored();
    }

    @Test
    void unknownVersionIsNotFoundAndTheKnownOnesAreNamed() throws Exception {
        write("known.yaml", javaTemplate("known_one", "dev.tasker.server.EchoHandler"));
        cli.run("template", "register", path("known.yaml"));

        Result result = cli.run("run", "known_one@7.0.0", "--input", path("input.json"));

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.err()).contains("registered versions: 0.1.0");
        assertThat(count("tasks")).isZero();
        execute("DELETE FROM tasker.named_tasks_named_step_edges");
        execute("DELETE FROM tasker.named_tasks_named_steps");
        execute("DELETE FROM tasker.named_tasks");
    }

    @Test
    void aNameOfNeitherFormIsBadInput() throws Exception {
        assertRefused(cli.run("run", "what is this?", "--input", path("input.json")), "names no template");
    }

    @Test
    void yamlThatDoesNotParseIsToldWithItsLine() throws Exception {
        write("broken.yaml", "name: x\nstep_templates: [\n");

        assertRefused(runTemplate("broken.yaml"), "broken.yaml:", "not valid YAML");
    }

    @Test
    void unknownKeyIsToldWithItsLine() throws Exception {
        write("unknown.yaml", javaTemplate("x", "X") + "bogus_key: 1\n");

        assertRefused(runTemplate("unknown.yaml"), "unknown.yaml:5: unknown key `bogus_key`");
    }

    @Test
    void cycleIsPrinted() throws Exception {
        write("cycle.yaml", """
                name: cycle
                default_runtime: java
                step_templates:
                  - { name: a, handler_class: X, depends_on_step: b }
                  - { name: b, handler_class: X, depends_on_step: a }
                """);

        assertRefused(runTemplate("cycle.yaml"), "steps form a cycle: a → b → a");
    }

    @Test
    void unknownDependencyIsNamed() throws Exception {
        write("lost.yaml", """
                name: lost
                default_runtime: java
                step_templates:
                  - { name: a, handler_class: X, depends_on_step: nowhere }
                """);

        assertRefused(runTemplate("lost.yaml"), "depends on `nowhere`");
    }

    @Test
    void duplicateStepIsNamed() throws Exception {
        write("twice.yaml", """
                name: twice
                default_runtime: java
                step_templates:
                  - { name: a, handler_class: X }
                  - { name: a, handler_class: Y }
                """);

        assertRefused(runTemplate("twice.yaml"), "step `a` is defined twice");
    }

    @Test
    void missingTemplateFileIsNamed() throws Exception {
        assertRefused(runTemplate("none.yaml"), "none.yaml", "no such file");
    }

    @Test
    void missingHandlerFileIsNamed() throws Exception {
        write("missing.yaml", scriptTemplate("none.mjs"));

        assertRefused(runTemplate("missing.yaml"), "none.mjs");
    }

    @Test
    void syntaxErrorOfAHandlerIsToldWithItsFile() throws Exception {
        write(
                "syntax.mjs",
                "import { StepHandler } from \"tasker\";\nexport class Work extends StepHandler { process( {}");
        write("syntax.yaml", scriptTemplate("syntax.mjs"));

        assertRefused(runTemplate("syntax.yaml"), "syntax.mjs", "SyntaxError");
    }

    @Test
    void handlerFileWithoutTheClassIsNamed() throws Exception {
        write("other.mjs", "import { StepHandler } from \"tasker\";\nexport class Other extends StepHandler {}");
        write("other.yaml", scriptTemplate("other.mjs"));

        assertRefused(runTemplate("other.yaml"), "Work", "other.mjs");
    }

    @Test
    void classThatIsNoStepHandlerIsNamed() throws Exception {
        write("plain.mjs", "export class Work { process() { return 1; } }");
        write("plain.yaml", scriptTemplate("plain.mjs"));

        assertRefused(runTemplate("plain.yaml"), "Work", "StepHandler");
    }

    @Test
    void missingJavaClassIsNamed() throws Exception {
        write("java.yaml", javaTemplate("x", "com.acme.Missing"));

        assertRefused(runTemplate("java.yaml"), "com.acme.Missing");
    }

    @Test
    void everyViolationOfTheSchemaIsToldWithItsPointer() throws Exception {
        write("schema.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler") + """
                schema:
                  type: object
                  required: [name]
                  properties: { count: { type: integer }, list: { items: { type: string } } }
                """);
        write("wrong.json", "{\"count\": \"many\", \"list\": [\"a\", 2]}");

        Result result = cli.run("run", path("schema.yaml"), "--input", path("wrong.json"), "-o", "json");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.error()).containsEntry("code", "CONTEXT_INVALID");
        Map<?, ?> details = (Map<?, ?>) result.error().get("details");
        assertThat(((List<?>) details.get("violations"))
                        .stream()
                                .map(violation ->
                                        ((Map<?, ?>) violation).get("pointer").toString()))
                .containsExactlyInAnyOrder("/name", "/count", "/list/1");
        assertNothingIsStored();
    }

    @Test
    void bypassOfAStepThatIsNotSkippableStoresNothing() throws Exception {
        write("fixed.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler"));

        assertRefused(
                cli.run("run", path("fixed.yaml"), "--input", path("input.json"), "--bypass", "work"),
                "step `work`",
                "cannot be bypassed");
    }

    @Test
    void inputThatIsNotJsonIsToldWithItsPlace() throws Exception {
        write("good.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler"));
        write("bad.json", "{\n  \"a\": nonsense }");

        assertRefused(cli.run("run", path("good.yaml"), "--input", path("bad.json")), "bad.json:2:", "not JSON");
    }

    @Test
    void inputThatIsNoObjectIsRefused() throws Exception {
        write("good.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler"));

        assertRefused(
                cli.withInput("[1, 2]").run("run", path("good.yaml"), "--input", "-"),
                "standard input must be a JSON object, but is an array");
    }

    @Test
    void unknownOptionIsBadInputInBothFormats() {
        Result text = cli.run("task", "list", "--bogus");
        Result json = cli.run("task", "list", "--bogus", "-o", "json");

        assertThat(text.exitCode()).isEqualTo(2);
        assertThat(text.err()).startsWith("tasker: ").contains("--bogus", "tasker task list --help");
        assertThat(json.exitCode()).isEqualTo(2);
        assertThat(json.error()).containsEntry("code", "OPTION_INVALID");
    }

    @Test
    void aContextLargerThanConfiguredStoresNothing() throws Exception {
        write("large.json", "{\"name\": \"x\"}");
        write("good.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler"));

        assertRefused(
                cli.run(
                        "run",
                        path("good.yaml"),
                        "--input",
                        path("large.json"),
                        "--set",
                        "execution.context_bytes_max=2"),
                "more than 2;");
    }

    @Test
    void unknownGrantAndLanguageAreNamed() throws Exception {
        write("good.yaml", javaTemplate("x", "dev.tasker.server.EchoHandler"));
        String[] run = {"run", path("good.yaml"), "--input", path("input.json")};

        assertRefused(
                cli.run(run[0], run[1], run[2], run[3], "--allow", "root"), "--allow: `root` is none of io, net, env");
        assertRefused(cli.run(run[0], run[1], run[2], run[3], "--contexts", "perl=2"), "no guest language `perl`");
        assertRefused(cli.run(run[0], run[1], run[2], run[3], "--handlers", path("input.json")), "is no folder");
    }

    private Result runTemplate(String file) {
        return cli.run("run", path(file), "--input", path("input.json"));
    }

    private void assertRefused(Result result, String... messages) throws SQLException {
        assertThat(result.exitCode()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("tasker: ").contains(messages);
        assertNothingIsStored();
    }

    private static void assertNothingIsStored() throws SQLException {
        assertThat(count("named_tasks")).isZero();
        assertThat(count("tasks")).isZero();
    }

    private static long count(String table) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM tasker." + table)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String javaTemplate(String name, String handlerClass) {
        return "name: " + name + "\ndefault_runtime: java\nstep_templates:\n  - { name: work, handler_class: "
                + handlerClass + " }\n";
    }

    private static String scriptTemplate(String file) {
        return "name: script\nstep_templates:\n  - { name: work, runtime: javascript, handler_class: Work, handler_file: "
                + file + " }\n";
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
