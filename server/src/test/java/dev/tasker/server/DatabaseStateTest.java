package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What commands say about a database that is away, or has not the schema of this release.
class DatabaseStateTest {
    private static TestDatabase database;

    private final CliRunner cli = CliRunner.on(database);

    @BeforeAll
    static void createDatabase() {
        database = TestDatabase.create();
    }

    @AfterAll
    static void dropDatabase() {
        database.close();
    }

    @Test
    void noDatabaseIsToldWithWhatWasTriedButWithoutThePassword() {
        Result result =
                CliRunner.onUrl("postgresql://ann:secret@127.0.0.1:1/shop").run("task", "list");

        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.err()).contains("postgresql://127.0.0.1:1/shop as user ann", "TASKER_DATABASE_URL");
        assertThat(result.err()).doesNotContain("secret");
    }

    @Test
    void anUnknownTaskIsNotFound() {
        Result result = cli.run("-o", "json", "task", "show", "999999");

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.error()).containsEntry("code", "TASK_NOT_FOUND");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void databaseWithoutSchemaAsksForMigrateAndMigrateMendsIt() {
        try (TestDatabase empty = TestDatabase.createEmpty(PostgresVersion.V18)) {
            CliRunner fresh = CliRunner.on(empty);

            Result before = fresh.run("-o", "json", "task", "list");
            Result migrate = fresh.run("migrate");
            Result after = fresh.run("task", "list");

            assertThat(before.exitCode()).isEqualTo(3);
            assertThat(before.error()).containsEntry("code", "SCHEMA_OUT_OF_DATE");
            assertThat(before.error().get("message").toString()).contains("tasker migrate");
            assertThat(migrate.exitCode()).isZero();
            assertThat(migrate.out()).contains("applied V001", "from version none");
            assertThat(after.out()).isEqualTo("no tasks\n");
        }
    }

    @Test
    void optionWinsOverTheEnvironment() {
        Result result = CliRunner.onUrl("postgresql://127.0.0.1:1/none")
                .run("task", "list", "--database-url", CliRunner.url(database));

        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void urlOfAnUnknownFormIsBadInput() {
        Result variable = CliRunner.onUrl("mysql://ann:secret@h/d").run("task", "list", "-o", "json");
        Result option = cli.run("task", "list", "-o", "json", "--database-url", "postgresql://ann:secret@h:x y/d");

        assertThat(variable.exitCode()).isEqualTo(2);
        assertThat(variable.error()).containsEntry("code", "CONFIG_INVALID");
        assertThat(variable.error().get("message").toString()).startsWith("TASKER_DATABASE_URL: ");
        assertThat(option.exitCode()).isEqualTo(2);
        assertThat(option.error()).containsEntry("code", "OPTION_INVALID");
        assertThat(option.error().get("message").toString()).startsWith("--database-url: ");
        assertThat(variable.err() + option.err()).doesNotContain("secret");
    }
}
