package dev.tasker.server.command;

import dev.tasker.query.Tier;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// The tiers of tasks, as an option names them.
enum TierName {
    ACTIVE,
    RECENT,
    LIVE,
    ARCHIVED,
    COMPLETE;

    /// @param days how far back the recent tier reaches
    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: days for another tier;
    ///     QUERY_INVALID: too few days
    Tier tier(Optional<Integer> days) {
        if (days.isPresent() && this != RECENT) {
            throw OptionProblem.of("--days", "says how far back `--tier recent` reaches; here it is " + this);
        }
        return switch (this) {
            case ACTIVE -> new Tier.Active();
            case RECENT ->
                days.map(number -> new Tier.Recent(Duration.ofDays(number))).orElse(Tier.Recent.DEFAULT);
            case LIVE -> new Tier.Live();
            case ARCHIVED -> new Tier.Archived();
            case COMPLETE -> new Tier.Complete();
        };
    }

    /// As it is written.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
