package dev.tasker.query;

import java.util.Optional;
import java.util.Set;

/// Transitions whose metadata has this key and, if one is given, this value.
///
/// @param value the value as text: it stands for a string, and for a number or boolean written like that
public record MetadataFilter(String key, Optional<String> value) {
    /// What every claim of a step writes, and no index holds.
    private static final Set<String> OF_EVERY_CLAIM = Set.of("attempt", "claim_id", "worker");

    public MetadataFilter {
        Filters.text(key, "metadata key");
    }

    /// Whether the key stands in the transitions of every step.
    public boolean isOfEveryClaim() {
        return OF_EVERY_CLAIM.contains(key);
    }

    /// Whether the key stands in the first transition of every task.
    public boolean isOfEveryLaunch() {
        return key.equals("worker");
    }
}
