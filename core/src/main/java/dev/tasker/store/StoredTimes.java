package dev.tasker.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the times of one answer, which are mostly the same. For one thread.
final class StoredTimes {
    private String lastText = "";
    private Instant last = Instant.EPOCH;

    Optional<Instant> read(Map<String, @Nullable Object> json, String key) {
        return StoredJson.optionalText(json, key).map(this::parse);
    }

    private Instant parse(String text) {
        if (!text.equals(lastText)) {
            last = OffsetDateTime.parse(text).toInstant();
            lastText = text;
        }
        return last;
    }
}
