package dev.tasker.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What values a key takes, how they are read, and how they are written.
///
/// @param name  for the documentation, with the unit where there is one
/// @param range which values are allowed; empty: all of the type
/// @param text  writes a value so that it can be read again
record ValueType<T>(String name, String range, Reader<T> reader, Function<T, String> text) {
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");

    /// Reads a raw value: what YAML gave, or the text of a variable or an option.
    @FunctionalInterface
    interface Reader<T> {
        /// Reads one value.
        ///
        /// @param folder relative paths start here
        /// @throws IllegalArgumentException the value does not fit; the message says why, without a secret
        T read(Object raw, Path folder);
    }

    static ValueType<Duration> duration(Duration min, Duration max) {
        String range = Durations.text(min) + " to " + Durations.text(max);
        return new ValueType<>(
                "duration",
                range,
                (raw, _) -> {
                    Duration value = Durations.parse(String.valueOf(raw))
                            .orElseThrow(() ->
                                    refused(raw, "is no duration; write for example 500ms, 15s, 2m, 1h or PT15S"));
                    return within(raw, value.compareTo(min) >= 0 && value.compareTo(max) <= 0, value, range);
                },
                Durations::text);
    }

    static ValueType<Integer> integer(int min, int max, String unit) {
        String range = min + " to " + max;
        return new ValueType<>(
                unit.isEmpty() ? "integer" : "integer, " + unit,
                range,
                (raw, _) -> {
                    if (!INTEGER.matcher(String.valueOf(raw)).matches()) {
                        throw refused(raw, "is no whole number");
                    }
                    long value = Long.parseLong(String.valueOf(raw));
                    return within(raw, value >= min && value <= max, (int) value, range);
                },
                String::valueOf);
    }

    static ValueType<Double> decimal(double min, double max) {
        String range = plain(min) + " to " + plain(max);
        return new ValueType<>(
                "number",
                range,
                (raw, _) -> {
                    double value = number(raw);
                    return within(raw, value >= min && value <= max, value, range);
                },
                ValueType::plain);
    }

    static ValueType<String> text(int charsMax) {
        return new ValueType<>(
                "text",
                "1 to " + charsMax + " characters",
                (raw, _) -> {
                    String value = scalar(raw);
                    if (value.isBlank() || value.length() > charsMax) {
                        throw new IllegalArgumentException("must have 1 to " + charsMax + " characters");
                    }
                    return value;
                },
                Function.identity());
    }

    /// A database URL. No message and no output repeats it, as it may hold a password.
    static ValueType<String> databaseUrl() {
        List<String> starts = List.of("postgresql://", "postgres://", "jdbc:postgresql:");
        return new ValueType<>(
                "URL",
                "`postgresql://` or `jdbc:postgresql:`",
                (raw, _) -> {
                    String value = scalar(raw).strip();
                    if (starts.stream().noneMatch(value.toLowerCase(Locale.ROOT)::startsWith)) {
                        throw new IllegalArgumentException("cannot read the database URL: it starts with neither"
                                + " postgresql:// nor jdbc:postgresql:");
                    }
                    return value;
                },
                Secrets::withoutPassword);
    }

    static ValueType<Path> path() {
        return new ValueType<>(
                "path",
                "",
                (raw, folder) -> {
                    try {
                        return folder.resolve(scalar(raw)).normalize();
                    } catch (InvalidPathException problem) {
                        throw refused(raw, "is no path: " + problem.getReason());
                    }
                },
                Path::toString);
    }

    static ValueType<String> choice(String... names) {
        String range = String.join(", ", names);
        return new ValueType<>(
                "choice",
                range,
                (raw, _) -> Optional.of(scalar(raw))
                        .filter(Arrays.asList(names)::contains)
                        .orElseThrow(() -> refused(raw, "is none of " + range)),
                Function.identity());
    }

    /// A YAML list, or a text with commas between the elements.
    ValueType<List<T>> list() {
        return new ValueType<>(
                "list of " + name,
                range,
                (raw, folder) -> elements(raw).stream()
                        .map(element -> reader.read(element, folder))
                        .toList(),
                values -> values.stream().map(text).collect(Collectors.joining(",")));
    }

    private static List<Object> elements(Object raw) {
        if (raw instanceof List<?> list) {
            return list.stream()
                    .map(element -> Optional.<Object>ofNullable(element)
                            .orElseThrow(() -> new IllegalArgumentException("has an element without a value")))
                    .toList();
        }
        return Arrays.stream(scalar(raw).split(",", -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .<Object>map(Function.identity())
                .toList();
    }

    private static String scalar(Object raw) {
        if (raw instanceof List || raw instanceof java.util.Map) {
            throw new IllegalArgumentException("takes one value, not a list or a map");
        }
        return String.valueOf(raw);
    }

    private static double number(Object raw) {
        try {
            double value = Double.parseDouble(scalar(raw));
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Told below, like a number that is none.
        }
        throw refused(raw, "is no number");
    }

    private static <T> T within(Object raw, boolean isWithin, T value, String range) {
        if (!isWithin) {
            throw refused(raw, "is out of range; allowed is " + range);
        }
        return value;
    }

    private static IllegalArgumentException refused(Object raw, String reason) {
        String shown = String.valueOf(raw);
        return new IllegalArgumentException(
                "`" + (shown.length() > 100 ? shown.substring(0, 100) + "…" : shown) + "` " + reason);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
