package dev.tasker.event;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/// How payloads write times and durations.
public final class EventTimes {
    private static final double MILLIS_PER_SECOND = 1_000.0;

    private EventTimes() {}

    /// Seconds with three decimals; never negative.
    public static double seconds(Instant from, Instant to) {
        return Math.max(0, Duration.between(from, to).toMillis()) / MILLIS_PER_SECOND;
    }

    /// A time that the database wrote into JSON, in UTC.
    static String iso(Object stored) {
        return OffsetDateTime.parse(stored.toString()).toInstant().toString();
    }
}
