package dev.tasker.execution.http;

import dev.tasker.error.RetryableError;
import dev.tasker.result.Backoff;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Until when servers have asked to be left alone (`Retry-After` of a 429 or 503). What one attempt was told holds for
/// all others of this process. Safe from any thread.
final class HostDelays {
    private static final int HOSTS_MAX = 10_000;

    private final Map<String, Instant> until = new ConcurrentHashMap<>();
    private final InstantSource clock;

    HostDelays(InstantSource clock) {
        this.clock = clock;
    }

    /// Notes what a server asked for; at most [Backoff#RETRY_AFTER_MAX] is believed.
    void note(URI url, Duration wait) {
        Duration bounded = wait.compareTo(Backoff.RETRY_AFTER_MAX) > 0 ? Backoff.RETRY_AFTER_MAX : wait;
        if (until.size() >= HOSTS_MAX) {
            Instant now = clock.instant();
            until.values().removeIf(end -> !end.isAfter(now));
        }
        until.merge(key(url), clock.instant().plus(bounded), (known, asked) -> known.isAfter(asked) ? known : asked);
    }

    /// Refuses a request that comes too early.
    ///
    /// @throws RetryableError with the rest of the delay
    void check(URI url) {
        Instant end = until.get(key(url));
        if (end == null) {
            return;
        }
        Duration rest = Duration.between(clock.instant(), end);
        if (!rest.isPositive()) {
            until.remove(key(url), end);
            return;
        }
        throw new RetryableError(
                url.getHost() + " has asked to be left alone for another " + rest.toMillis()
                        + " ms (Retry-After); no request was sent",
                rest,
                Map.of("host", url.getHost()));
    }

    private static String key(URI url) {
        return (url.getScheme() + "://" + url.getRawAuthority()).toLowerCase(Locale.ROOT);
    }
}
