package dev.tasker.server.command;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a time: `2026-01-31T12:00:00Z`, or how long ago it is: `90s`, `15m`, `2h`, `3d`.
final class SinceText implements ITypeConverter<Instant> {
    private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");

    private final InstantSource clock;

    SinceText() {
        this(InstantSource.system());
    }

    SinceText(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Instant convert(String text) {
        Matcher matcher = AGO.matcher(text);
        if (matcher.matches()) {
            return clock.instant().minus(duration(Long.parseLong(matcher.group(1)), matcher.group(2)));
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException problem) {
            throw new TypeConversionException("'" + text
                    + "' is no time; write for example 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 2h, 3d");
        }
    }

    private static Duration duration(long number, String unit) {
        return switch (unit) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
