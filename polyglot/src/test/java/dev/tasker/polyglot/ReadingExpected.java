package dev.tasker.polyglot;

import static java.util.Arrays.asList;

import dev.tasker.identity.HandlerRuntime;
import java.util.List;
import java.util.Map;

/// What the handlers named Reads of `handlers/crossing` find in the data that they are given.
final class ReadingExpected {
    private static final Object X = Map.of("x", 1L, "y", "z");
    private static final Object XYZ = Map.of("x", 1L, "y", "z", "z", 3L);
    private static final Object NESTED = List.of(Map.of("deep", asList(1L, null, "x")));
    private static final Object DOUBLED = List.of(2L, 4L, 6L);
    private static final Object LONGER = List.of(1L, 2L, 3L, 4L);
    private static final Object BACKWARDS = List.of(3L, 2L, 1L);
    private static final Object PAIRS = List.of(List.of("x", 1L), List.of("y", "z"));
    private static final Object TWINS = List.of(List.of(1L, 1L), List.of(2L, 2L), List.of(3L, 3L));
    private static final Object KEYS = List.of("x", "y");
    private static final Object VALUES = List.of(1L, "z");
    private static final Object REST = List.of(2L, 3L);
    private static final String HUGE = "1208925819614629174706176";

    private ReadingExpected() {}

    static Object of(HandlerRuntime runtime) {
        return switch (runtime) {
            case JAVASCRIPT -> javaScript();
            case PYTHON -> python();
            case RUBY -> ruby();
            case JAVA -> throw new IllegalArgumentException("no guest");
        };
    }

    private static Object javaScript() {
        return Map.of(
                "kinds",
                List.of("string", "number", "number", "bigint", "boolean", true, "object", true, false),
                // JavaScript counts halves of characters.
                "text",
                List.of(8L, "GRÜSSE 🎉", true, 7L),
                "list",
                List.of(
                        3L,
                        1L,
                        2L,
                        3L,
                        true,
                        2L,
                        REST,
                        DOUBLED,
                        REST,
                        LONGER,
                        LONGER,
                        "1-2-3",
                        BACKWARDS,
                        6L,
                        true,
                        3L,
                        List.of(1L, 2L, 3L),
                        List.of(0L, 1L)),
                "map",
                List.of(KEYS, VALUES, PAIRS, true, false, true, true, "none", XYZ, X, 9L, 1L, "z"),
                "json",
                List.of("{\"x\":1,\"y\":\"z\"}", "[1,2,3]", "{\"nested\":[{\"deep\":[1,null,\"x\"]}]}", NESTED),
                "forms",
                List.of(KEYS, 6L, HUGE, true));
    }

    private static Object python() {
        return Map.of(
                "kinds",
                List.of(true, "int", "float", "int", "bool", true, true, true, false),
                "text",
                List.of(7L, "GRÜSSE 🎉", true, "🎉"),
                "list",
                List.of(
                        3L,
                        1L,
                        2L,
                        3L,
                        true,
                        REST,
                        DOUBLED,
                        LONGER,
                        LONGER,
                        "1-2-3",
                        BACKWARDS,
                        6L,
                        3L,
                        List.of(List.of(0L, 1L), List.of(1L, 2L), List.of(2L, 3L)),
                        BACKWARDS,
                        TWINS,
                        true),
                "map",
                asList(
                        KEYS,
                        KEYS,
                        VALUES,
                        PAIRS,
                        true,
                        false,
                        null,
                        "none",
                        XYZ,
                        X,
                        2L,
                        1L,
                        true,
                        false,
                        "KeyError",
                        1L),
                "json",
                List.of(
                        "{\"x\": 1, \"y\": \"z\"}",
                        "[1, 2, 3]",
                        "{\"nested\": [{\"deep\": [1, null, \"x\"]}]}",
                        NESTED),
                "copies",
                List.of(X, NESTED, List.of(1L, 2L, 3L)),
                "forms",
                List.of(HUGE, true, "z"));
    }

    private static Object ruby() {
        return Map.of(
                "kinds",
                List.of("String", "Integer", "Float", "Integer", "TrueClass", "NilClass", "Hash", "Array"),
                "frozen",
                true,
                "text",
                List.of(7L, "GRÜSSE 🎉", true, "🎉"),
                "list",
                List.of(
                        3L,
                        1L,
                        2L,
                        3L,
                        true,
                        REST,
                        DOUBLED,
                        LONGER,
                        LONGER,
                        "1-2-3",
                        BACKWARDS,
                        6L,
                        3L,
                        List.of(List.of(1L, 0L), List.of(2L, 1L), List.of(3L, 2L)),
                        BACKWARDS,
                        TWINS,
                        REST,
                        6L,
                        LONGER),
                "map",
                asList(
                        KEYS,
                        VALUES,
                        PAIRS,
                        true,
                        false,
                        null,
                        "none",
                        XYZ,
                        XYZ,
                        2L,
                        1L,
                        "x",
                        List.of("x1", "yz"),
                        Map.of("x", 1L),
                        1L),
                "json",
                List.of("{\"x\":1,\"y\":\"z\"}", "[1,2,3]", NESTED, "{\"x\":1,\"y\":\"z\"}"),
                "forms",
                List.of(HUGE, true, "z"));
    }
}
