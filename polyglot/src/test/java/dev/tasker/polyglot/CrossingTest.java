package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.Progress;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.result.StepError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Values on their way into a guest and out of it.
class CrossingTest {
    private static final long SEED = Long.getLong("tasker.seed", System.nanoTime());
    private static final int VALUES = Integer.getInteger("tasker.soak.seconds", 2) * 100;
    private static final long SAFE_MAX = (1L << 53) - 1;
    private static final GuestFixture GUESTS = new GuestFixture(oneContextEach());

    private static PolyglotConfig oneContextEach() {
        // What the handlers import takes long; once is enough.
        PolyglotConfig.Builder config = PolyglotConfig.builder();
        GuestFixture.RUNTIMES.forEach(runtime -> config.contextsMax(runtime, 1));
        return config.build();
    }

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void randomValuesComeBackEqual(HandlerRuntime runtime) {
        System.out.println("CrossingTest seed: " + SEED + " (repeat with -Dtasker.seed=" + SEED + ")");
        RandomJson values = new RandomJson(SEED);
        for (int number = 0; number < VALUES; number++) {
            Object value = values.next();
            Object expected = stored(runtime, value);

            assertSame(number, crossed(runtime, "Echo", value), expected);
            assertSame(number, crossed(runtime, "Rebuild", value), expected);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void wideDeepAndLongValuesComeBackEqual(HandlerRuntime runtime) {
        List<Object> wide = new ArrayList<>();
        Map<String, Object> many = new LinkedHashMap<>();
        for (int index = 0; index < 5_000; index++) {
            wide.add(index % 2 == 0 ? (Object) (long) index : Map.of("n", (long) index));
            many.put("key " + index, (long) index);
        }
        for (Object value : List.of(wide, many, nested(99), nested(100), "🎉x".repeat(500_000))) {
            assertThat(crossed(runtime, "Echo", value)).isEqualTo(value);
            assertThat(crossed(runtime, "Rebuild", value)).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void minusZeroKeepsItsSign(HandlerRuntime runtime) {
        assertThat(crossed(runtime, "Echo", -0.0)).isEqualTo(-0.0).isNotEqualTo(0.0);
        assertThat(crossed(runtime, "Rebuild", List.of(-0.0)))
                .isEqualTo(List.of(-0.0))
                .isNotEqualTo(List.of(0.0));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void everyWayInAndOutTakesTheSameValues(HandlerRuntime runtime) {
        RandomJson values = new RandomJson(SEED);
        for (int number = 0; number < 25; number++) {
            Object value = values.next();
            AttemptEvents events = new AttemptEvents();
            Kept kept = new Kept();
            Map<String, Object> holder = Collections.singletonMap("value", value);
            StepAttempt plain = attempt(runtime, "Ways", holder);
            Step step = plain.step();
            Sequence sequence = name -> new Sequence.Ancestor(name, "complete", value);
            StepAttempt attempt = new StepAttempt(
                    plain.claimId(),
                    plain.handlerKey(),
                    plain.task(),
                    sequence,
                    new Step(step.stepId(), step.name(), 1, 3, holder, holder),
                    value,
                    plain.dataFolder(),
                    plain.timeout(),
                    events,
                    kept);

            Object results =
                    GuestFixture.results(GUESTS.started(runtime, attempt).result());

            Object expected = stored(runtime, value);
            assertSame(number, results, Collections.nCopies(6, expected));
            assertSame(number, events.take().getFirst().payload().get("value"), expected);
            assertSame(number, kept.checkpoint(), expected);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void resultsAreJavaValuesThatOutliveTheHost(HandlerRuntime runtime) {
        Object value = new RandomJson(SEED).next();
        Object echoed;
        Object rebuilt;
        try (GuestFixture guests = new GuestFixture(PolyglotConfig.defaults())) {
            Map<String, Object> context = Collections.singletonMap("value", value);
            echoed = GuestFixture.results(guests.run(runtime, name(runtime, "Echo"), context, file(runtime, "values")));
            rebuilt = GuestFixture.results(
                    guests.run(runtime, name(runtime, "Rebuild"), context, file(runtime, "values")));
        }

        assertPlain(echoed);
        assertPlain(rebuilt);
        assertThat(echoed).isEqualTo(stored(runtime, value));
        assertThat(rebuilt).isEqualTo(stored(runtime, value));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA")
    void dataOfTheHostReadsLikeTheLanguagesOwn(HandlerRuntime runtime) {
        Map<String, Object> context = GuestFixture.defaultContext();
        context.put("list", List.of(1L, 2L, 3L));
        context.put("one", 1L);
        context.put("half", 0.5);
        context.put("empty", Map.of());

        Object results =
                GuestFixture.results(GUESTS.run(runtime, name(runtime, "Reads"), context, file(runtime, "idioms")));

        assertThat(results).isEqualTo(ReadingExpected.of(runtime));
    }

    @Test
    void theDatabaseKeepsTheValueOfANumberAndNotAlwaysItsKind() throws SQLException {
        List<Object> numbers = List.of(2.0, 0.1, 1e300, Double.MIN_VALUE, 1e22, 1e7, 9_999_999.0, -0.0);
        try (TestDatabase database = TestDatabase.create();
                Connection connection = database.dataSource().getConnection();
                PreparedStatement select = connection.prepareStatement("SELECT ?::jsonb::text")) {
            select.setString(1, Json.write(numbers));
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(Json.read(rows.getString(1)))
                        .isEqualTo(List.of(
                                2.0,
                                0.1,
                                new BigDecimal(BigInteger.ONE, -300).toBigIntegerExact(),
                                Double.MIN_VALUE,
                                new BigDecimal(BigInteger.ONE, -22).toBigIntegerExact(),
                                10_000_000,
                                9_999_999.0,
                                0.0));
            }
        }
    }

    static Stream<Arguments> refused() {
        Map<String, String> everywhere = new LinkedHashMap<>();
        everywhere.put("nan", "no JSON number");
        everywhere.put("infinity", "no JSON number");
        everywhere.put("bytes", "bytes cannot be stored");
        everywhere.put("function", "cannot be stored");
        everywhere.put("object", "cannot be stored");
        everywhere.put("key", "keys must be text");
        everywhere.put("nul", "U+0000");
        everywhere.put("nul_key", "U+0000");
        everywhere.put("half", "");
        everywhere.put("half_key", "");
        everywhere.put("deep", "nested deeper than 100 levels");
        everywhere.put("cycle", "contains itself");
        Map<HandlerRuntime, List<String>> own = Map.of(
                HandlerRuntime.JAVASCRIPT, List.of("symbol", "regexp", "promise", "invalid_date", "bytes_in_set"),
                HandlerRuntime.PYTHON, List.of("complex", "generator", "bytes_in_set", "same_text"),
                HandlerRuntime.RUBY, List.of("rational", "range", "struct", "same_text"));
        return GuestFixture.RUNTIMES.stream()
                .flatMap(runtime -> Stream.concat(
                        everywhere.entrySet().stream()
                                .map(entry -> Arguments.of(runtime, entry.getKey(), entry.getValue())),
                        own.get(runtime).stream().map(what -> Arguments.of(runtime, what, ""))));
    }

    @Test
    void moreThanAMillionPartsAreRefused() {
        whatCannotCrossIsRefusedWithItsPath(HandlerRuntime.JAVASCRIPT, "many", "more than 1000000 parts");
        whatCannotCrossIsRefusedWithItsPath(HandlerRuntime.RUBY, "many", "more than 1000000 parts");
    }

    /// Where guests are interpreted it takes half a minute.
    @Test
    @Tag("soak")
    void moreThanAMillionPartsAreRefusedInPythonToo() {
        whatCannotCrossIsRefusedWithItsPath(HandlerRuntime.PYTHON, "many", "more than 1000000 parts");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotCrossIsRefusedWithItsPath(HandlerRuntime runtime, String what, String reason) {
        StepError error = GuestFixture.error(
                GUESTS.run(runtime, name(runtime, "Refuses"), Map.of("what", what), file(runtime, "idioms")));

        boolean isTooMuch = what.equals("deep") || what.equals("many");
        assertThat(error.errorCode()).isEqualTo(isTooMuch ? "RESULT_TOO_LARGE" : "RESULT_NOT_JSON");
        assertThat(error.retryable()).isFalse();
        assertThat(error.message())
                .startsWith("the result cannot be stored: results.a[1].b")
                .contains(reason);
        assertThat(error.context().get("path").toString()).startsWith("results.a[1].b");
    }

    private static @Nullable Object crossed(HandlerRuntime runtime, String handler, @Nullable Object value) {
        return GuestFixture.results(GUESTS.run(
                runtime, name(runtime, handler), Collections.singletonMap("value", value), file(runtime, "values")));
    }

    private static StepAttempt attempt(HandlerRuntime runtime, String handler, Map<String, Object> context) {
        HandlerKey key = new HandlerKey(runtime, name(runtime, handler));
        GUESTS.host(runtime).load(new HandlerSource(key, file(runtime, "values")));
        return GuestFixture.attempt(key, context);
    }

    private static String name(HandlerRuntime runtime, String handler) {
        return runtime == HandlerRuntime.RUBY ? "Crossing::" + handler : handler;
    }

    private static Path file(HandlerRuntime runtime, String name) {
        return GuestFixture.file("crossing/" + name + "." + GuestFixture.suffix(runtime));
    }

    private static Object nested(int levels) {
        Object value = "bottom";
        for (int level = 0; level < levels; level++) {
            value = level % 2 == 0 ? List.of(value) : Map.of("k", value);
        }
        return value;
    }

    /// What is documented to change: JavaScript has one kind of number, and 2.0 is 2 there.
    private static @Nullable Object stored(HandlerRuntime runtime, @Nullable Object value) {
        if (runtime != HandlerRuntime.JAVASCRIPT) {
            return value;
        }
        return switch (value) {
            case List<?> list ->
                list.stream()
                        .map(item -> stored(runtime, item))
                        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(key, stored(runtime, item)));
                yield copy;
            }
            case Double number when isWhole(number) -> number.longValue();
            case null, default -> value;
        };
    }

    private static boolean isWhole(double number) {
        boolean isMinusZero = Double.doubleToRawLongBits(number) == Double.doubleToRawLongBits(-0.0);
        return number == Math.rint(number) && Math.abs(number) <= SAFE_MAX && !isMinusZero;
    }

    /// Tells the place of the first difference; the values themselves are too large to be read.
    private static void assertSame(int number, @Nullable Object actual, @Nullable Object expected) {
        assertThat(difference(actual, expected, ""))
                .as("value " + number + " of seed " + SEED)
                .isEmpty();
    }

    private static String difference(@Nullable Object actual, @Nullable Object expected, String path) {
        if (Objects.equals(actual, expected)) {
            return "";
        }
        if (actual instanceof List<?> items && expected instanceof List<?> others && items.size() == others.size()) {
            return IntStream.range(0, items.size())
                    .mapToObj(index -> difference(items.get(index), others.get(index), path + "[" + index + "]"))
                    .collect(Collectors.joining());
        }
        if (actual instanceof Map<?, ?> map
                && expected instanceof Map<?, ?> other
                && map.keySet().equals(other.keySet())) {
            return map.keySet().stream()
                    .map(key -> difference(map.get(key), other.get(key), path + "." + key))
                    .collect(Collectors.joining());
        }
        return path + ": " + shown(actual) + " in place of " + shown(expected) + "\n";
    }

    private static String shown(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
    }

    private static void assertPlain(@Nullable Object value) {
        switch (value) {
            case List<?> list -> list.forEach(CrossingTest::assertPlain);
            case Map<?, ?> map -> {
                map.keySet().forEach(key -> assertThat(key).isExactlyInstanceOf(String.class));
                map.values().forEach(CrossingTest::assertPlain);
            }
            case null -> {}
            default ->
                assertThat(value.getClass())
                        .isIn(Arrays.asList(String.class, Long.class, BigInteger.class, Double.class, Boolean.class));
        }
    }

    private static final class Kept implements Progress {
        private @Nullable Object left;

        @Override
        public void heartbeat() {}

        @Override
        public void heartbeat(@Nullable Object checkpoint) {
            left = checkpoint;
        }

        @Override
        public @Nullable Object checkpoint() {
            return left;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }
    }
}
