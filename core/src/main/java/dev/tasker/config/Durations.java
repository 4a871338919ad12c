package dev.tasker.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text form of durations: `500ms`, `15s`, `2.5s`, `10m`, `1h`, `PT15S`; a bare number means seconds.
public final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?)(ms|s|m|h)?");
    private static final long MILLIS_PER_SECOND = 1_000;
    private static final long MILLIS_PER_MINUTE = 60_000;
    private static final long MILLIS_PER_HOUR = 3_600_000;

    private Durations() {}

    /// Reads a duration that is not negative; empty for a text of another form.
    public static Optional<Duration> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(ofUnit(matcher)) : ofIsoForm(text);
    }

    /// Writes a duration in the largest unit that gives a whole number.
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis > 0 && millis % MILLIS_PER_HOUR == 0) {
            return millis / MILLIS_PER_HOUR + "h";
        }
        if (millis > 0 && millis % MILLIS_PER_MINUTE == 0) {
            return millis / MILLIS_PER_MINUTE + "m";
        }
        return millis % MILLIS_PER_SECOND == 0 ? millis / MILLIS_PER_SECOND + "s" : millis + "ms";
    }

    private static Duration ofUnit(Matcher matcher) {
        String unit = matcher.group(2);
        long millisPerUnit = switch (unit == null ? "s" : unit) {
            case "ms" -> 1;
            case "m" -> MILLIS_PER_MINUTE;
            case "h" -> MILLIS_PER_HOUR;
            default -> MILLIS_PER_SECOND;
        };
        return Duration.ofMillis(new BigDecimal(matcher.group(1))
                .multiply(BigDecimal.valueOf(millisPerUnit))
                .longValue());
    }

    private static Optional<Duration> ofIsoForm(String text) {
        if (!text.toUpperCase(Locale.ROOT).startsWith("P")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Duration.parse(text)).filter(duration -> !duration.isNegative());
        } catch (DateTimeParseException | ArithmeticException _) {
            return Optional.empty();
        }
    }
}
