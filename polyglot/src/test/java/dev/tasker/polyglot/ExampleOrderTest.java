package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The same order, written in three languages, has the same results.
class ExampleOrderTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_LONG_FOR_INTS)
            .build();
    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.USE_LONG_FOR_INTS)
            .build();

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT,js", "PYTHON,python", "RUBY,ruby"})
    void orderGivesTheExpectedResults(HandlerRuntime runtime, String folder) throws IOException {
        Path example = Path.of("..", "examples-" + folder).toAbsolutePath();
        Path template = example.resolve("templates/order_fulfillment.yaml").normalize();
        Map<String, @Nullable Object> context = map(JSON, example.resolve("inputs/order.json"));
        Map<String, @Nullable Object> results = new HashMap<>();

        for (Object step : (List<?>) map(YAML, template).get("step_templates")) {
            Map<?, ?> settings = (Map<?, ?>) step;
            String name = settings.get("name").toString();
            results.put(name, run(runtime, template, settings, context, results));
        }

        assertThat(results).isEqualTo(map(JSON, example.resolve("expected/order_fulfillment.json")));
    }

    private static @Nullable Object run(
            HandlerRuntime runtime,
            Path template,
            Map<?, ?> settings,
            Map<String, @Nullable Object> context,
            Map<String, @Nullable Object> results) {
        HandlerKey key = new HandlerKey(runtime, settings.get("handler_class").toString());
        Path file = template.resolveSibling(settings.get("handler_file").toString());
        GUESTS.host(runtime).load(new HandlerSource(key, file));
        StepAttempt plain = GuestFixture.attempt(key, context, DataFolder.beside(template));
        Sequence sequence = name -> new Sequence.Ancestor(name, "complete", results.get(name));
        Step step = new Step(plain.step().stepId(), "step", 1, 3, Map.of(), config(settings.get("handler_config")));
        StepAttempt attempt = new StepAttempt(
                plain.claimId(), key, plain.task(), sequence, step, null, plain.dataFolder(), plain.timeout());
        return GuestFixture.results(GUESTS.started(runtime, attempt).result());
    }

    @SuppressWarnings("unchecked") // templates have text keys
    private static Map<String, @Nullable Object> config(@Nullable Object settings) {
        return settings == null ? Map.of() : (Map<String, @Nullable Object>) settings;
    }

    @SuppressWarnings("unchecked") // JSON objects have text keys
    private static Map<String, @Nullable Object> map(ObjectMapper mapper, Path file) throws IOException {
        return mapper.readValue(Files.readString(file), Map.class);
    }
}
