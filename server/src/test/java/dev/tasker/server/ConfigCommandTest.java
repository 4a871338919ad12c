package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configuration on the command line. None of this needs a database.
class ConfigCommandTest {
    private final CliRunner cli = CliRunner.onUrl("postgresql://ann:secret@127.0.0.1:1/shop");

    @TempDir
    private Path folder;

    @Test
    void showTellsEveryValueWithItsSourceAndNoPassword() throws IOException {
        Path file = write("engine:\n  lease: 20s\n  poll_interval: 3s\n");

        Result result = cli.run(
                "config",
                "show",
                "--config",
                file.toString(),
                "--set",
                "engine.poll_interval=PT4S",
                "--set",
                "execution.python_slots=2");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(lines(result))
                .contains(
                        "KEY VALUE SOURCE",
                        "database.url postgresql://ann:****@127.0.0.1:1/shop TASKER_DATABASE_URL",
                        "database.pool_size 10 default",
                        "engine.lease 20s " + file + ":2",
                        "engine.poll_interval 4s --set",
                        "engine.template_directories - default",
                        "execution.python_slots 2 --set",
                        "execution.ruby_slots - default");
        assertThat(result.out()).doesNotContain("secret");
    }

    @Test
    void showPrintsTheSameAsJson() throws IOException {
        Path file = write("engine:\n  lease: 20s\n");

        Result result = cli.run("config", "show", "--config", file.toString(), "-o", "json");

        List<Map<String, Object>> settings = result.list("settings");
        assertThat(settings)
                .contains(
                        Map.of(
                                "key",
                                "engine.lease",
                                "value",
                                "20s",
                                "source",
                                Map.of("kind", "file", "name", file.toString(), "line", 2)),
                        Map.of("key", "backoff.cap", "value", "30s", "source", Map.of("kind", "default")))
                .anySatisfy(setting -> assertThat(setting)
                        .containsEntry("key", "database.url")
                        .containsEntry("source", Map.of("kind", "environment", "name", "TASKER_DATABASE_URL")));
        assertThat(result.out()).doesNotContain("secret");
    }

    @Test
    void anOptionOfItsOwnWinsOverSet() {
        Result result = cli.run(
                "config", "show", "--database-url", "jdbc:postgresql:a", "--set", "database.url=jdbc:postgresql:b");

        assertThat(lines(result)).contains("database.url jdbc:postgresql:a --database-url");
    }

    @Test
    void validateAcceptsAGoodFileAndNamesWhatIsWrongInABadOne() throws IOException {
        Path good = write("# mine\nengine:\n  lease: 20s\n");
        Result valid = cli.run("config", "validate", good.toString());
        Path bad = write("engine:\n  leese: 20s\ndatabase:\n  url: postgresql://ann:secret@h:x y/d\n");
        Result invalid = cli.run("config", "validate", bad.toString());
        Path badUrl = write("database:\n  url: postgresql://ann:secret@h:x y/d\n");
        Result invalidUrl = cli.run("config", "validate", badUrl.toString(), "-o", "json");

        assertThat(valid.exitCode()).isZero();
        assertThat(valid.out()).isEqualTo("valid " + good + ", 1 key\n");
        assertThat(invalid.exitCode()).isEqualTo(2);
        assertThat(invalid.err()).contains(bad + ":2: engine.leese: unknown key; did you mean engine.lease?");
        assertThat(invalidUrl.exitCode()).isEqualTo(2);
        assertThat(invalidUrl.error()).containsEntry("code", "CONFIG_INVALID");
        assertThat(invalidUrl.err()).contains(badUrl + ":2: database.url: ").doesNotContain("secret");
    }

    @Test
    void aWrongSettingStopsEveryCommandThatReadsTheConfiguration() throws IOException {
        Path file = write("engine:\n  lease: never\n");
        String config = file.toString();

        for (String[] command : List.of(
                new String[] {"task", "list", "--config", config},
                new String[] {"worker", "--config", config},
                new String[] {"migrate", "--config", config},
                new String[] {"--config", config, "config", "show"})) {
            Result result = cli.run(command);
            assertThat(result.exitCode()).as(String.join(" ", command)).isEqualTo(2);
            assertThat(result.err()).startsWith("tasker: " + file + ":2: engine.lease: `never` is no duration");
        }
    }

    @Test
    void optionsOfTheWorkerAreCheckedLikeKeys() {
        assertThat(cli.run("worker", "--lease", "1ms").err())
                .startsWith("tasker: --lease: `1ms` is out of range; allowed is 100ms to 1h");
        assertThat(cli.run("worker", "--shutdown-timeout", "x").err()).startsWith("tasker: --shutdown-timeout: `x`");
        assertThat(cli.run("worker", "--contexts", "python=0").err()).startsWith("tasker: --contexts python: `0`");
        assertThat(cli.run("worker", "--set", "handlers.directory=/no/such").err())
                .startsWith("tasker: --set: handlers.directory: /no/such is no folder");
        assertThat(cli.run("worker", "--set", "engine.template_directories=/no/such")
                        .err())
                .contains("cannot list the template folder /no/such");
    }

    private static List<String> lines(Result result) {
        return result.out().lines().map(line -> line.replaceAll(" +", " ")).toList();
    }

    private Path write(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "tasker", ".yaml"), text);
    }
}
