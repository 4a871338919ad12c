package dev.tasker.query;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.util.Map;
import java.util.Optional;

/// Checks of what a query asks for.
final class Filters {
    private Filters() {}

    static String text(String value, String field) {
        if (value.isBlank()) {
            throw invalid(field + " must not be empty; leave the filter out to get all", field);
        }
        return value;
    }

    static void optionalText(Optional<String> value, String field) {
        value.ifPresent(text -> text(text, field));
    }

    static InvalidRequestException invalid(String message, String field) {
        return new InvalidRequestException(ErrorCode.QUERY_INVALID, message, Map.of("field", field));
    }
}
