package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import java.time.Duration;

/// How much of the history a list of tasks reaches into.
public sealed interface Tier {
    /// Tasks that have not ended.
    record Active() implements Tier {}

    /// Tasks that have not ended, and those that ended within a period, archived or not.
    record Recent(Duration period) implements Tier {
        public static final Recent DEFAULT = new Recent(Duration.ofDays(30));

        /// Checks the period.
        ///
        /// @throws InvalidRequestException QUERY_INVALID: it is not positive
        public Recent {
            if (!period.isPositive()) {
                throw Filters.invalid("the recent tier reaches back a positive time, not " + period, "period");
            }
        }
    }

    /// Everything that is not archived.
    record Live() implements Tier {}

    /// What is archived, and nothing else.
    record Archived() implements Tier {}

    /// Everything there is, archived or not.
    record Complete() implements Tier {}
}
