package dev.tasker.readiness;

import java.time.Duration;
import java.util.stream.Stream;

/// How long a task may be in one condition without any transition.
///
/// @param inProcess while steps run and none is ready
/// @param lifetime  how long a task may take altogether; also how long ready steps may wait for a worker
public record StalenessLimits(
        Duration waitingForDependencies, Duration waitingForRetry, Duration inProcess, Duration lifetime) {
    public static final StalenessLimits DEFAULT = new StalenessLimits(
            Duration.ofMinutes(60), Duration.ofMinutes(30), Duration.ofMinutes(30), Duration.ofHours(24));

    public StalenessLimits {
        if (Stream.of(waitingForDependencies, waitingForRetry, inProcess, lifetime)
                .anyMatch(limit -> limit.toMillis() < 1)) {
            throw new IllegalArgumentException("a limit of staleness is at least a millisecond");
        }
    }
}
