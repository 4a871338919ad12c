package dev.tasker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.InvalidConfigurationException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationKeysTest {
    private static final List<ConfigurationKey<String>> TEXTS =
            List.of(ConfigurationKeys.WORKER_NAME, ConfigurationKeys.ENVIRONMENT);

    @Test
    void everyKeyHasItsPlaceOnce() {
        List<String> paths =
                ConfigurationKeys.ALL.stream().map(ConfigurationKey::path).toList();

        assertThat(paths).doesNotHaveDuplicates();
        assertThat(AbsentKeys.ALL.stream().map(AbsentKeys.Absent::path))
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(paths)
                .doesNotContainAnyElementsOf(new HashSet<>(ConfigurationKeys.ALL.stream()
                        .map(ConfigurationKey::section)
                        .toList()));
        assertThat(ConfigurationKeys.ALL)
                .allSatisfy(key -> assertThat(key.variable() + key.standardText() + key.meaning())
                        .isNotBlank());
    }

    @ParameterizedTest
    @MethodSource("keys")
    void theStandardValueOfEachKeyCanBeReadAgain(ConfigurationKey<?> key) {
        Object standard = key.standard().orElse(null);
        if (standard == null) {
            assertThat(key.otherwise()).isNotBlank();
            return;
        }

        Settings settings =
                SettingsReader.empty().option(key, key.standardText(), "--x").read();

        assertThat((Object) settings.get(key)).isEqualTo(standard);
        assertThat(settings.source(key)).isEqualTo(new Source.Option("--x"));
    }

    static Stream<ConfigurationKey<?>> keys() {
        return ConfigurationKeys.ALL.stream();
    }

    @ParameterizedTest
    @CsvSource({
        "database.pool_size, 2, 1000, 1, 1001",
        "database.connect_timeout, 1s, 5m, 999ms, 300001ms",
        "database.answer_timeout, 1s, 1h, 999ms, 61m",
        "database.pool_wait_timeout, 250ms, 10m, 249ms, 11m",
        "engine.lease, 100ms, 1h, 99ms, 3601s",
        "engine.poll_interval, 1ms, 1m, 0, 61s",
        "engine.shutdown_timeout, 0, 1h, -1s, 2h",
        "execution.java_slots, 1, 10000, 0, 10001",
        "execution.javascript_slots, 1, 256, 0, 257",
        "handlers.context_calls_max, 1, 2147483647, 0, -1",
        "handlers.output_bytes_max, 0, 67108864, -1, 67108865",
        "execution.python_slots, 1, 256, 0, 257",
        "execution.ruby_slots, 1, 256, 0, 257",
        "execution.result_bytes_max, 1024, 67108864, 1023, 67108865",
        "execution.context_bytes_max, 2, 4194304, 1, 4194305",
        "engine.identity_strategy, default, caller, DEFAULT, none",
        "execution.concurrency, fixed, dynamic, none, 12",
        "execution.concurrency_cache_duration, 100ms, 1h, 99ms, 61m",
        "execution.connection_pressure_factor_low, 0, 1, -0.1, 1.1",
        "execution.connection_pressure_factor_moderate, 0, 1, -0.1, 1.1",
        "execution.connection_pressure_factor_high, 0, 1, -0.1, 1.1",
        "execution.min_concurrent_steps, 1, 10000, 0, 10001",
        "execution.max_concurrent_steps_limit, 1, 10000, 0, 10001",
        "execution.backlog_tasks_max, 0, 100000000, -1, 100000001",
        "reenqueue.repeat, 100ms, 24h, 99ms, 25h",
        "handlers.grants, io, 'net, env', root, 'io,root'",
        "backoff.strategy, none, exponential, NONE, list",
        "backoff.base, 0, 1h, -1, 2h",
        "backoff.multiplier, 1, 100, 0.99, 100.1",
        "backoff.cap, 0, 24h, -1, 25h",
        "backoff.jitter, 0, 1, -0.1, 1.01",
        "backoff.retry_after_max, 1s, 1h, 0, 2h",
        "database.url, postgresql://h/d, jdbc:postgresql:d, mysql://h/d, h",
    })
    void bothEndsOfARangeAreAllowedAndWhatLiesBeyondIsNot(
            String path, String first, String last, String below, String above) {
        for (String good : List.of(first, last)) {
            assertThat(set(path, good).isGiven(ConfigurationKeys.find(path).orElseThrow()))
                    .isTrue();
        }
        for (String bad : List.of(below, above)) {
            assertThatThrownBy(() -> set(path, bad))
                    .isInstanceOf(InvalidConfigurationException.class)
                    .hasMessageStartingWith("--set: " + path + ": ");
        }
    }

    @Test
    void everyKeyWithARangeIsInTheTestOfRanges() throws NoSuchMethodException {
        String[] rows = Objects.requireNonNull(ConfigurationKeysTest.class
                        .getDeclaredMethod(
                                "bothEndsOfARangeAreAllowedAndWhatLiesBeyondIsNot",
                                String.class,
                                String.class,
                                String.class,
                                String.class,
                                String.class)
                        .getAnnotation(CsvSource.class))
                .value();

        assertThat(Stream.of(rows).map(row -> row.substring(0, row.indexOf(','))))
                .containsAll(ConfigurationKeys.ALL.stream()
                        .filter(key -> !key.range().isEmpty() && !TEXTS.contains(key))
                        .map(ConfigurationKey::path)
                        .toList());
    }

    @Test
    void aWorkerNameHasOneToTwoHundredCharacters() {
        assertThat(set("engine.worker_name", "w".repeat(200)).get(ConfigurationKeys.WORKER_NAME))
                .hasSize(200);
        assertThatThrownBy(() -> set("engine.environment", " ")).hasMessageContaining("1 to 100");
        assertThatThrownBy(() -> set("engine.worker_name", "w".repeat(201))).hasMessageContaining("1 to 200");
        assertThatThrownBy(() -> set("engine.worker_name", " ")).hasMessageContaining("1 to 200");
    }

    @ParameterizedTest
    @CsvSource({
        "500ms, 500",
        "15s, 15000",
        "2.5s, 2500",
        "2m, 120000",
        "1h, 3600000",
        "PT15S, 15000",
        "pt1m, 60000",
        "7, 7000"
    })
    void durationsHaveSeveralForms(String text, long millis) {
        assertThat(Durations.parse(text))
                .hasValueSatisfying(duration -> assertThat(duration.toMillis()).isEqualTo(millis));
    }

    @ParameterizedTest
    @CsvSource({"15 s", "s", "-1s", "PT-1S", "1d", "1.2345s", "P1000000000000000000D", "soon"})
    void otherTextsAreNoDurations(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }

    @Test
    void theLeastNumberOfStepsIsNotAboveTheGreatest() {
        Settings settings = set("execution.max_concurrent_steps_limit", "2");

        assertThatThrownBy(() -> Configuration.of(settings))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("execution.max_concurrent_steps_limit: ")
                .hasMessageContaining("execution.min_concurrent_steps is 3");
        assertThatThrownBy(() -> Configuration.of(set("execution.min_concurrent_steps", "13")))
                .hasMessageContaining("execution.min_concurrent_steps: ");
    }

    @Test
    void theRecordTreeHoldsWhatTheKeysSay() {
        Configuration standard = Configuration.standard();
        Configuration changed = Configuration.of(SettingsReader.empty()
                .environment(Map.of("TASKER_BACKOFF__STRATEGY", "linear", "TASKER_EXECUTION__RUBY_SLOTS", "3"))
                .read());

        assertThat(standard.backoff().steps()).isEqualTo(dev.tasker.result.Backoff.DEFAULT);
        assertThat(standard.execution().rubySlots()).isEmpty();
        assertThat(changed.backoff().steps().strategy()).isEqualTo(dev.tasker.result.Backoff.Strategy.LINEAR);
        assertThat(changed.execution().rubySlots()).hasValue(3);
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql://ann:secret@h:5432/d, postgresql://ann:****@h:5432/d",
        "postgresql://ann:secret@h/d?password=secret&ssl=on, postgresql://ann:****@h/d?password=****&ssl=on",
        "jdbc:postgresql://h/d?user=ann&password=secret, jdbc:postgresql://h/d?user=ann&password=****",
        "jdbc:postgresql://h/d?sslPassword=secret, jdbc:postgresql://h/d?sslPassword=****",
        "postgresql://ann:se/secret@h/d, postgresql://ann:****@h/d",
        "postgresql://ann:se@secret@h/d, postgresql://ann:****@h/d",
        "postgresql://ann:se?secret@h/d, postgresql://ann:****@h/d",
        "postgresql://h:5432/d, postgresql://h:5432/d",
        "postgresql://ann@h/d, postgresql://ann@h/d",
    })
    void noFormOfTheUrlShowsItsPassword(String url, String shown) {
        Settings settings = set("database.url", url);

        assertThat(settings.shown().getFirst().value()).hasValue(shown);
        assertThat(Configuration.of(settings).toString()).doesNotContain("secret");
    }

    private static Settings set(String path, String value) {
        return SettingsReader.empty().assignment(path + "=" + value).read();
    }
}
