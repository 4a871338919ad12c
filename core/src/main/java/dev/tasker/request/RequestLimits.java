package dev.tasker.request;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Checks of what a caller gives beside texts. Each throws REQUEST_INVALID, with the field.
final class RequestLimits {
    private RequestLimits() {}

    static void checkTags(List<String> tags) {
        checkCount(tags.size(), TaskRequest.TAGS_MAX, "tags");
        Set<String> seen = new HashSet<>();
        for (String tag : tags) {
            RequestText.check(tag, "tags", TaskRequest.TEXT_CHARS_MAX);
            if (!seen.add(tag)) {
                throw RequestText.invalid("tags has `" + tag + "` twice", "tags");
            }
        }
    }

    static void checkCount(int count, int max, String field) {
        if (count > max) {
            throw RequestText.invalid(field + " has " + count + " entries; at most " + max + " are stored", field);
        }
    }

    static void checkTime(Instant time, String field) {
        if (time.isBefore(TaskRequest.TIME_MIN) || time.isAfter(TaskRequest.TIME_MAX)) {
            throw RequestText.invalid(field + " is outside of the years 1 to 9999", field);
        }
    }

    static void checkDuration(Duration time, Duration min, String field) {
        if (time.isNegative()) {
            throw RequestText.invalid(field + " is negative: " + time, field);
        }
        if (time.compareTo(min) < 0 || time.compareTo(TaskRequest.DURATION_MAX) > 0) {
            throw RequestText.invalid(
                    field + " must be " + min.toMillis() + " ms to " + TaskRequest.DURATION_MAX.toDays() + " days, not "
                            + time,
                    field);
        }
    }
}
