package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.StepCancelledException;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.ClaimSequence;
import dev.tasker.execution.DataFolder;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.Progress;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.polyglot.conformance.ConformanceCase;
import dev.tasker.polyglot.conformance.ConformanceHandler;
import dev.tasker.polyglot.conformance.ExpectedError;
import dev.tasker.result.Backoff;
import dev.tasker.result.StepResult;
import dev.tasker.runtime.ResultEncoder;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.transition.StepState;
import dev.tasker.wave.ClaimedStep;
import dev.tasker.wave.Outcome;
import dev.tasker.wave.TaskFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Handlers in all four languages do the same where they are told the same: every case of `conformance/cases`.
class ConformanceTest {
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());
    private static final Set<String> IDS = Set.of("task_id", "workflow_step_id", "step", "attempt");
    private static final ResultEncoder ENCODER =
            new ResultEncoder(TaskerConfig.defaults(), () -> 0, () -> "2026-01-02T03:04:06Z");

    @TempDir
    static Path folder;

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @TestFactory
    Stream<DynamicTest> everyLanguageDoesWhatTheCaseSays() throws IOException {
        List<ConformanceCase> cases = ConformanceCase.all();
        return Arrays.stream(HandlerRuntime.values())
                .flatMap(runtime -> cases.stream()
                        .filter(each -> each.isFor(runtime))
                        .map(each -> dynamicTest(
                                runtime.key() + ": " + each.title(), () -> new CaseRun(runtime, each).check())));
    }

    @Test
    void caseNamesAreUnique() throws IOException {
        assertThat(ConformanceCase.all().stream().map(ConformanceCase::title))
                .hasSizeGreaterThan(40)
                .doesNotHaveDuplicates();
    }

    /// One case in one language.
    private static final class CaseRun implements Progress {
        private final HandlerRuntime runtime;
        private final ConformanceCase given;
        private final HandlerKey key;
        private final AttemptEvents events = new AttemptEvents();
        private @Nullable Object checkpoint;
        private HandlerDeclaration declaration = HandlerDeclaration.NONE;

        CaseRun(HandlerRuntime runtime, ConformanceCase given) {
            this.runtime = runtime;
            this.given = given;
            this.key = new HandlerKey(
                    runtime,
                    runtime == HandlerRuntime.JAVA ? ConformanceHandler.classOf(given.handler()) : given.handler());
            this.checkpoint = given.given("checkpoint", null);
        }

        void check() throws IOException {
            Map<?, ?> expected = given.expected(runtime);
            Logger log = (Logger) LoggerFactory.getLogger("tasker.handler." + key.handlerClass());
            ListAppender<ILoggingEvent> lines = new ListAppender<>();
            lines.start();
            log.setLevel(Level.DEBUG);
            log.setAdditive(false);
            log.addAppender(lines);
            Outcome outcome;
            try {
                outcome = stored(run());
            } finally {
                log.detachAppender(lines);
            }
            if (expected.containsKey("results")) {
                assertThat(outcome.error()).isNull();
                assertThat(read(outcome.results())).isEqualTo(expected.get("results"));
            } else {
                assertThat(outcome.results()).isNull();
                ExpectedError.check((Map<?, ?>) read(outcome.error()), (Map<?, ?>) expected.get("error"));
            }
            assertThat(events.take().stream()
                            .map(event -> List.of(event.name(), plain(event.payload())))
                            .toList())
                    .isEqualTo(expected.containsKey("events") ? expected.get("events") : List.of());
            if (expected.containsKey("log")) {
                assertThat(lines.list.stream().map(CaseRun::line).toList()).isEqualTo(expected.get("log"));
            }
            if (expected.containsKey("checkpoint")) {
                assertThat(plain(checkpoint)).isEqualTo(expected.get("checkpoint"));
            }
            if (expected.containsKey("declaration")) {
                assertThat(plain(declaration.toJson())).isEqualTo(expected.get("declaration"));
            }
        }

        private StepResult run() throws IOException {
            if (runtime == HandlerRuntime.JAVA) {
                JavaHandlerFactory factory =
                        JavaHandlerFactory.load(new HandlerSource(key, null), ConformanceTest.class.getClassLoader());
                declaration = factory.declaration();
                return factory.run(attempt());
            }
            Path file = ConformanceCase.FOLDER.resolve("handlers/conformance." + GuestFixture.suffix(runtime));
            declaration = GUESTS.host(runtime).load(new HandlerSource(key, file));
            return GUESTS.started(runtime, attempt()).result();
        }

        private Outcome stored(StepResult result) {
            StepAttempt attempt = new StepAttempt(
                    new ClaimId(1), key, task(), ancestors(), step(), null, DataFolder.none(), Duration.ofMinutes(5));
            return ENCODER.encode(
                    new ClaimedStep(
                            attempt.claimId(),
                            key,
                            StepState.PENDING,
                            false,
                            Optional.empty(),
                            new TaskFacts(attempt.task(), "1"),
                            attempt.step(),
                            true,
                            Backoff.DEFAULT,
                            attempt.timeout(),
                            null,
                            Instant.EPOCH,
                            Map.of()),
                    result);
        }

        private StepAttempt attempt() throws IOException {
            return new StepAttempt(
                    new ClaimId(1),
                    key,
                    task(),
                    ancestors(),
                    step(),
                    JsonShape.immutableCopy(given.given("previous", null)),
                    files(),
                    Duration.ofMinutes(5),
                    events,
                    this);
        }

        private Task task() {
            return new Task(
                    new TaskId(1),
                    "shop",
                    "order",
                    "1.0.0",
                    given.map("context"),
                    "ann",
                    "web",
                    "test",
                    List.of("a", "b"),
                    "corr-1",
                    Instant.parse("2026-01-02T03:04:05Z"));
        }

        private Step step() {
            int attempts = (int) Objects.requireNonNull(given.given("attempt", 1));
            return new Step(new StepId(7), "second", attempts, 3, given.map("inputs"), given.config());
        }

        private DataFolder files() throws IOException {
            Path place = Files.createTempDirectory(folder, "case");
            for (Map.Entry<String, @Nullable Object> file : given.map("files").entrySet()) {
                Path path = place.resolve("data").resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue() + "");
            }
            return DataFolder.beside(place.resolve("template.yaml"));
        }

        private Sequence ancestors() {
            Map<String, Sequence.Ancestor> ancestors = new HashMap<>();
            given.map("ancestors").forEach((name, fields) -> ancestors.put(name, ancestor(name, (Map<?, ?>) fields)));
            return new ClaimSequence("second", Map.of(), () -> ancestors);
        }

        private static Sequence.Ancestor ancestor(String name, Map<?, ?> fields) {
            Object state = fields.get("state");
            return new Sequence.Ancestor(name, state == null ? "complete" : state.toString(), fields.get("results"));
        }

        @Override
        public void heartbeat() {
            if (isCancelled()) {
                throw new StepCancelledException("step `second` is no longer this handler's", Map.of());
            }
        }

        @Override
        public void heartbeat(@Nullable Object left) {
            heartbeat();
            JsonShape.defectIn(left, "checkpoint").ifPresent(defect -> {
                throw new PermanentError(
                        "the checkpoint cannot be stored: " + defect,
                        ErrorCode.CHECKPOINT_INVALID.name(),
                        Map.of("path", defect.path()));
            });
            checkpoint = left;
        }

        @Override
        public @Nullable Object checkpoint() {
            return JsonShape.immutableCopy(checkpoint);
        }

        @Override
        public boolean isCancelled() {
            return given.isOfCancelledAttempt();
        }

        private static Object line(ILoggingEvent event) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            if (event.getKeyValuePairs() != null) {
                event.getKeyValuePairs().stream()
                        .filter(pair -> !IDS.contains(pair.key))
                        .forEach(pair -> fields.put(pair.key, pair.value));
            }
            return Arrays.asList(
                    event.getLevel().toString().toLowerCase(Locale.ROOT), event.getMessage(), plain(fields));
        }

        /// As JSON text tells it, so that numbers of one value have one type.
        private static @Nullable Object plain(@Nullable Object value) {
            return Json.read(Json.write(value));
        }

        private static @Nullable Object read(@Nullable String json) {
            return json == null ? null : Json.read(json);
        }
    }
}
