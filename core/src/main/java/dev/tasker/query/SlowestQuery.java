package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import java.time.Instant;
import java.util.Optional;

/// Which of the slowest tasks or steps are asked for. Every filter that is set must hold.
///
/// @param since they ended at this time or later; empty: in the last 24 hours
/// @param limit 1 to [#LIMIT_MAX]
/// @param name  of the template
public record SlowestQuery(
        Optional<Instant> since,
        int limit,
        Optional<String> namespace,
        Optional<String> name,
        Optional<String> version) {
    public static final int LIMIT_MAX = 1_000;
    private static final int LIMIT_DEFAULT = 10;

    /// Checks limit and filters.
    ///
    /// @throws InvalidRequestException QUERY_INVALID, naming the filter
    public SlowestQuery {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Filters.invalid("1 to " + LIMIT_MAX + " of the slowest may be asked for, not " + limit, "limit");
        }
        Filters.optionalText(namespace, "namespace");
        Filters.optionalText(name, "name");
        Filters.optionalText(version, "version");
    }

    /// The ten slowest of the last 24 hours.
    public static SlowestQuery ofLastDay() {
        return new SlowestQuery(Optional.empty(), LIMIT_DEFAULT, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// The ten slowest since a time.
    public static SlowestQuery since(Instant time) {
        return new SlowestQuery(Optional.of(time), LIMIT_DEFAULT, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
