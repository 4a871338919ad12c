package dev.tasker.testing.database;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/// The time of a test: it stands still until it is moved. Safe from any thread.
///
/// Also a [Clock], so that handlers can be given the same time.
public final class VirtualClock extends Clock {
    /// Where a clock begins that is not told otherwise.
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> now;
    private final ZoneId zone;

    /// A clock that stands at [#START].
    public VirtualClock() {
        this(new AtomicReference<>(START), ZoneOffset.UTC);
    }

    private VirtualClock(AtomicReference<Instant> now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /// The same time, told in another zone.
    @Override
    public Clock withZone(ZoneId other) {
        return new VirtualClock(now, other);
    }

    /// Moves the time on.
    public void advance(Duration duration) {
        moveTo(instant().plus(duration));
    }

    /// Moves the time.
    ///
    /// @throws IllegalArgumentException the moment is in the past: the database's time never goes back
    public void moveTo(Instant moment) {
        if (moment.isBefore(instant())) {
            throw new IllegalArgumentException("time only goes forward: it is " + instant() + ", not " + moment);
        }
        now.set(moment);
    }
}
