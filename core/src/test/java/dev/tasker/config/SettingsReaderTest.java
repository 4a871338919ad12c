package dev.tasker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
    private static final Path FOLDER = Path.of("/etc/tasker");

    @TempDir
    private Path folder;

    @Test
    void laterSourcesWin() {
        String file = "engine: {lease: 1s, poll_interval: 2s, shutdown_timeout: 3s}\n";
        Map<String, String> environment =
                Map.of("TASKER_ENGINE__POLL_INTERVAL", "4s", "TASKER_ENGINE__SHUTDOWN_TIMEOUT", "5s");

        Settings settings = SettingsReader.empty()
                .file(ConfigurationFile.parse(file, "tasker.yaml", FOLDER))
                .environment(environment)
                .option(ConfigurationKeys.SHUTDOWN_TIMEOUT, Duration.ofSeconds(6), "--shutdown-timeout")
                .read();

        assertThat(settings.get(ConfigurationKeys.POOL_SIZE)).isEqualTo(10);
        assertThat(settings.get(ConfigurationKeys.LEASE)).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.get(ConfigurationKeys.POLL_INTERVAL)).isEqualTo(Duration.ofSeconds(4));
        assertThat(settings.get(ConfigurationKeys.SHUTDOWN_TIMEOUT)).isEqualTo(Duration.ofSeconds(6));
        assertThat(settings.shown().stream().map(shown -> shown.source().toString()))
                .contains("default", "tasker.yaml:1", "TASKER_ENGINE__POLL_INTERVAL", "--shutdown-timeout");
    }

    @Test
    void theVariableOfTheDatabaseHasALongFormThatWins() {
        Map<String, String> both =
                Map.of("TASKER_DATABASE_URL", "postgresql://a/a", "TASKER_DATABASE__URL", "jdbc:postgresql:b");

        Settings shortOnly = SettingsReader.empty()
                .environment(Map.of("TASKER_DATABASE_URL", "postgresql://a/a"))
                .read();

        assertThat(shortOnly.source(ConfigurationKeys.DATABASE_URL)).hasToString("TASKER_DATABASE_URL");
        assertThat(SettingsReader.empty().environment(both).read().get(ConfigurationKeys.DATABASE_URL))
                .isEqualTo("jdbc:postgresql:b");
    }

    @Test
    void anEmptyVariableIsNotSetAndOthersOfTaskerAreLeftAlone() {
        Settings settings = SettingsReader.empty()
                .environment(Map.of(
                        "TASKER_ENGINE__LEASE", " ",
                        "TASKER_DATABASE_URL", "",
                        "TASKER_JAVA_OPTS", "-Xmx1g",
                        "TASKER_TEST_JDBC_URL", "x",
                        "ENGINE__LEESE", "1s"))
                .read();

        assertThat(ConfigurationKeys.ALL).noneMatch(settings::isGiven);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "engine: {leese: 5s} | tasker.yaml:1: engine.leese: unknown key; did you mean engine.lease?",
                "engine: {pool_size: 5} | tasker.yaml:1: engine.pool_size: unknown key; did you mean database.pool_size?",
                "engine: {colour: red} | tasker.yaml:1: engine.colour: unknown key; section engine has worker_name, lease,",
                "engines: {lease: 5s} | tasker.yaml:1: engines: unknown key; there are the sections database, engine,",
                "lease: 5s | tasker.yaml:1: lease: unknown key; did you mean engine.lease?",
                "auth: {authentication_enabled: true} | tasker.yaml:1: auth: there is no such key: there is no HTTP server",
                "execution: {batch_timeout_base_seconds: 1} | tasker.yaml:1: execution.batch_timeout_base_seconds: there is no",
            })
    void anUnknownKeyNamesItsLineAndWhatWasMeant(String yaml, String message) {
        InvalidConfigurationException problem = refused(() -> file(yaml));

        assertThat(problem).hasMessageStartingWith(message);
        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_UNKNOWN_KEY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "engine: {lease: soon} | tasker.yaml:1: engine.lease: `soon` is no duration; write for example 500ms",
                "engine: {lease: 2h} | tasker.yaml:1: engine.lease: `2h` is out of range; allowed is 100ms to 1h",
                "engine: {lease: } | tasker.yaml:1: engine.lease: has no value",
                "engine: {lease: [1s]} | tasker.yaml:1: engine.lease: `[1s]` is no duration",
                "engine: 5 | tasker.yaml:1: engine: a section is a map of keys",
                "execution: {java_slots: 1.5} | tasker.yaml:1: execution.java_slots: `1.5` is no whole number",
                "execution: {java_slots: many} | tasker.yaml:1: execution.java_slots: `many` is no whole number",
                "execution: {java_slots: 99999999999} | tasker.yaml:1: execution.java_slots: `99999999999` is out of range",
                "backoff: {jitter: 1e400} | tasker.yaml:1: backoff.jitter: `Infinity` is no number",
                "backoff: {strategy: list} | tasker.yaml:1: backoff.strategy: `list` is none of none, fixed, linear,",
                "handlers: {grants: [io, root]} | tasker.yaml:1: handlers.grants: `root` is none of io, net, env",
                "handlers: {grants: [io, null]} | tasker.yaml:1: handlers.grants: has an element without a value",
                "handlers: {directory: {a: b}} | tasker.yaml:1: handlers.directory: takes one value, not a list or a map",
            })
    void aBadValueNamesItsLineAndWhatIsAllowed(String yaml, String message) {
        InvalidConfigurationException problem = refused(() -> file(yaml));

        assertThat(problem).hasMessageStartingWith(message);
        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TASKER_ENGINE__LEASE | x | TASKER_ENGINE__LEASE: engine.lease: `x` is no duration",
                "TASKER_ENGINE__LEESE | 1s | TASKER_ENGINE__LEESE: engine.leese: unknown key; did you mean TASKER_ENGINE__LEASE?",
                "TASKER_ENGINE_LEASE | 1s | TASKER_ENGINE_LEASE: engine.lease: the variable is called TASKER_ENGINE__LEASE",
                "TASKER_HEALTH__X | 1 | TASKER_HEALTH__X: health.x: there is no such key",
                "TASKER_DATABASE_URL | mysql://a:secret@h | TASKER_DATABASE_URL: database.url: cannot read the database URL",
            })
    void aVariableIsNamed(String name, String value, String message) {
        InvalidConfigurationException problem = refused(
                () -> SettingsReader.empty().environment(Map.of(name, value)).read());

        assertThat(problem).hasMessageStartingWith(message);
        assertThat(problem.getMessage() + problem.details()).doesNotContain("secret");
        assertThat(problem.details()).containsEntry("source", name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "engine.lease=x | OPTION_INVALID | --set: engine.lease: `x` is no duration",
                "engine.lease | OPTION_INVALID | --set: engine.lease: write it as section.key=value",
                "engine.leese=1s | CONFIG_UNKNOWN_KEY | --set: engine.leese: unknown key; did you mean engine.lease?",
                "database.url=mysql://a:secret@h | OPTION_INVALID | --set: database.url: cannot read",
            })
    void anAssignmentIsNamed(String text, ErrorCode code, String message) {
        InvalidConfigurationException problem =
                refused(() -> SettingsReader.empty().assignment(text).read());

        assertThat(problem).hasMessageStartingWith(message);
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.getMessage() + problem.details()).doesNotContain("secret");
    }

    @Test
    void anOptionIsNamedAlone() {
        InvalidConfigurationException problem = refused(() -> SettingsReader.empty()
                .option(ConfigurationKeys.LEASE, "2h", "--lease")
                .read());

        assertThat(problem).hasMessage("--lease: `2h` is out of range; allowed is 100ms to 1h");
        assertThat(problem.details()).containsEntry("option", "--lease").containsEntry("key", "engine.lease");
    }

    @Test
    void allProblemsAreToldAtOnceEvenThoseThatALaterSourceHides() {
        InvalidConfigurationException problem = refused(() -> SettingsReader.empty()
                .file(ConfigurationFile.parse("engine:\n  lease: never\n  poll_intervall: 1s\n", "tasker.yaml", FOLDER))
                .assignment("engine.lease=5s")
                .read());

        assertThat(problem.getMessage().lines())
                .hasSize(2)
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("tasker.yaml:2: engine.lease:"),
                        second -> assertThat(second).startsWith("tasker.yaml:3: engine.poll_intervall:"));
    }

    @Test
    void relativePathsInAFileStartAtTheFile() {
        Settings settings =
                file("engine:\n  template_directories: [shop, ../more, /abs]\nhandlers:\n  directory: code\n");

        assertThat(settings.get(ConfigurationKeys.TEMPLATE_DIRECTORIES))
                .containsExactly(Path.of("/etc/tasker/shop"), Path.of("/etc/more"), Path.of("/abs"));
        assertThat(settings.find(ConfigurationKeys.HANDLER_DIRECTORY)).hasValue(Path.of("/etc/tasker/code"));
    }

    @ParameterizedTest
    @CsvSource({"''", "# nothing", "---", "'engine:'", "'{}'"})
    void aFileWithoutKeysIsNoMistake(String yaml) {
        assertThat(ConfigurationKeys.ALL).noneMatch(file(yaml)::isGiven);
    }

    @Test
    void aFileThatIsNoMapOrNoYamlIsRefused() {
        assertThat(refused(() -> file("- a")).code()).isEqualTo(ErrorCode.CONFIG_SYNTAX);
        assertThat(refused(() -> file("engine: {a"))).hasMessageStartingWith("tasker.yaml:");
        assertThat(refused(() -> file("engine:\n  lease: 1s\n  lease: 2s\n")))
                .hasMessageContaining("tasker.yaml:3:")
                .hasMessageContaining("stands twice");
    }

    @Test
    void theFileIsTheNamedOneElseThatOfTheVariableElseTheOneInTheFolder() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), "");
        Files.writeString(folder.resolve("b.yaml"), "");
        Map<String, String> variable = Map.of("TASKER_CONFIG", "b.yaml");

        assertThat(ConfigurationFile.find(Optional.empty(), Map.of("TASKER_CONFIG", ""), folder))
                .isEmpty();
        Files.writeString(folder.resolve("tasker.yaml"), "");
        assertThat(names(Optional.of(Path.of("a.yaml")), variable)).isEqualTo("a.yaml");
        assertThat(names(Optional.empty(), variable)).isEqualTo("b.yaml");
        assertThat(names(Optional.empty(), Map.of())).isEqualTo("tasker.yaml");
    }

    @Test
    void aNamedFileThatIsNotThereIsAnError() {
        InvalidConfigurationException problem =
                refused(() -> ConfigurationFile.find(Optional.of(Path.of("none.yaml")), Map.of(), folder));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_UNREADABLE);
        assertThat(problem).hasMessageContaining("none.yaml: there is no such file");
    }

    private String names(Optional<Path> named, Map<String, String> environment) {
        return ConfigurationFile.find(named, environment, folder).orElseThrow().name();
    }

    private static Settings file(String yaml) {
        return SettingsReader.empty()
                .file(ConfigurationFile.parse(yaml, "tasker.yaml", FOLDER))
                .read();
    }

    private static InvalidConfigurationException refused(Runnable call) {
        InvalidConfigurationException problem = catchThrowableOfType(InvalidConfigurationException.class, call::run);
        assertThat(problem).isNotNull();
        assertThat(List.copyOf(problem.details().keySet())).isNotEmpty();
        return problem;
    }
}
