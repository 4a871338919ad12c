package dev.tasker.operation;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.JsonShape;
import java.util.Map;

/// Who acts, and why. Both stand in every transition that the action makes.
///
/// @param name   a person or a program, up to 128 characters, never blank
/// @param reason up to 1,000 characters; may be empty
public record Operator(String name, String reason) {
    public static final int NAME_CHARS_MAX = 128;
    public static final int REASON_CHARS_MAX = 1_000;

    /// @throws InvalidRequestException REQUEST_INVALID
    public Operator {
        if (name.isBlank()) {
            throw invalid("operator", "an operator's action needs the operator's name");
        }
        check(name, "operator", NAME_CHARS_MAX);
        check(reason, "reason", REASON_CHARS_MAX);
    }

    /// An operator who gives no reason.
    public static Operator of(String name) {
        return new Operator(name, "");
    }

    private static void check(String text, String field, int limit) {
        if (text.length() > limit) {
            throw invalid(field, field + " has " + text.length() + " characters, more than " + limit);
        }
        JsonShape.defectIn(text, field).ifPresent(defect -> {
            throw invalid(field, defect.toString());
        });
    }

    private static InvalidRequestException invalid(String field, String message) {
        return new InvalidRequestException(ErrorCode.REQUEST_INVALID, message, Map.of("field", field));
    }
}
