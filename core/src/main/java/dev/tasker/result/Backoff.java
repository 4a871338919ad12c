package dev.tasker.result;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How long a step waits after a failed attempt.
///
/// After the n-th attempt the delay is `d * (1 + jitter * u)`, at most `cap`, with u uniform in [0,1) and d = 0
/// (none), base (fixed), base * n (linear) or base * multiplier^(n-1) (exponential).
///
/// @param jitter 0 to 1
public record Backoff(Strategy strategy, Duration base, double multiplier, Duration cap, double jitter) {
    /// What a server may ask for at most with `retry_after`, unless the configuration says otherwise.
    public static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);

    public static final Backoff DEFAULT =
            new Backoff(Strategy.EXPONENTIAL, Duration.ofSeconds(1), 2, Duration.ofSeconds(30), 1);

    /// The curve of the delays.
    public enum Strategy {
        NONE,
        FIXED,
        LINEAR,
        EXPONENTIAL
    }

    public Backoff {
        if (base.isNegative() || cap.isNegative() || multiplier < 1 || jitter < 0 || jitter > 1) {
            throw new IllegalArgumentException("no valid backoff: base " + base + ", cap " + cap + ", multiplier "
                    + multiplier + " (at least 1), jitter " + jitter + " (0 to 1)");
        }
    }

    /// Reads the `backoff` object of a template; absent keys take the values of [#DEFAULT].
    public static Backoff fromJson(Map<String, ?> json) {
        return fromJson(json, DEFAULT);
    }

    /// Reads the `backoff` object of a template; absent keys take their defaults.
    public static Backoff fromJson(Map<String, ?> json, Backoff defaults) {
        return new Backoff(
                Optional.ofNullable(json.get("strategy"))
                        .map(name -> Strategy.valueOf(name.toString().toUpperCase(Locale.ROOT)))
                        .orElse(defaults.strategy),
                seconds(json.get("base_seconds"), defaults.base),
                number(json.get("multiplier"), defaults.multiplier),
                seconds(json.get("cap_seconds"), defaults.cap),
                number(json.get("jitter"), defaults.jitter));
    }

    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("strategy", strategy.name().toLowerCase(Locale.ROOT));
        json.put("base_seconds", base.toMillis() / 1000.0);
        json.put("multiplier", multiplier);
        json.put("cap_seconds", cap.toMillis() / 1000.0);
        json.put("jitter", jitter);
        return json;
    }

    /// The delay after a failure.
    ///
    /// @param attempt the attempt that just failed, from 1
    /// @param random  uniform in [0,1)
    public Duration delayAfter(int attempt, double random) {
        double seconds = switch (strategy) {
            case NONE -> 0;
            case FIXED -> toSeconds(base);
            case LINEAR -> toSeconds(base) * attempt;
            case EXPONENTIAL -> toSeconds(base) * Math.pow(multiplier, attempt - 1.0);
        };
        double jittered = Math.min(toSeconds(cap), seconds * (1 + jitter * random));
        return Duration.ofMillis(Math.round(jittered * 1000));
    }

    /// The delay after this failure: what a server asked for, at most `retryAfterMax`; else the curve.
    public Duration delayAfter(StepError error, int attempt, double random, Duration retryAfterMax) {
        Duration asked = error.retryAfter();
        if (asked == null) {
            return delayAfter(attempt, random);
        }
        return asked.compareTo(retryAfterMax) > 0 ? retryAfterMax : asked;
    }

    private static double toSeconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static double number(@Nullable Object value, double fallback) {
        return value instanceof Number number ? number.doubleValue() : fallback;
    }

    private static Duration seconds(@Nullable Object value, Duration fallback) {
        return value instanceof Number number ? Duration.ofMillis(Math.round(number.doubleValue() * 1000)) : fallback;
    }
}
