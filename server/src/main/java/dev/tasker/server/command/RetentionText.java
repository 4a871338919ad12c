package dev.tasker.server.command;

import dev.tasker.config.Durations;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads how long something is kept: days, as `90d`, or any other duration. Also one that makes no sense, as `-5d`:
/// whoever keeps things says so.
final class RetentionText implements ITypeConverter<Duration> {
    private static final Pattern DAYS = Pattern.compile("([0-9]{1,6})d");

    @Override
    public Duration convert(String text) {
        boolean isNegative = text.startsWith("-");
        Duration length = length(isNegative ? text.substring(1) : text);
        return isNegative ? length.negated() : length;
    }

    private static Duration length(String text) {
        Matcher matcher = DAYS.matcher(text);
        if (matcher.matches()) {
            return Duration.ofDays(Long.parseLong(matcher.group(1)));
        }
        return Durations.parse(text)
                .orElseThrow(() -> new TypeConversionException(
                        "'" + text + "' is no duration; write for example 90d, 12h or 30m"));
    }
}
