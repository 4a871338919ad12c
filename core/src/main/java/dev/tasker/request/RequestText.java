package dev.tasker.request;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.JsonShape;
import java.util.Map;

/// Checks of the texts that a caller gives.
public final class RequestText {
    private RequestText() {}

    /// A text that is there, is not too long, and has nothing in it that a person cannot see.
    ///
    /// @param field what the error calls it
    /// @throws InvalidRequestException REQUEST_INVALID, with the field
    public static String check(String text, String field, int charsMax) {
        if (text.isBlank()) {
            throw invalid(field + " is blank; leave it out or give it a text", field);
        }
        int chars = text.codePointCount(0, text.length());
        if (chars > charsMax) {
            throw invalid(field + " has " + chars + " characters; at most " + charsMax + " are stored", field);
        }
        int control = firstControl(text);
        if (control >= 0) {
            throw invalid(
                    "%s has a control character (U+%04X) at position %d"
                            .formatted(field, (int) text.charAt(control), control),
                    field);
        }
        JsonShape.defectIn(text, field).ifPresent(defect -> {
            throw invalid(defect.toString(), field);
        });
        return text;
    }

    static InvalidRequestException invalid(String message, String field) {
        return new InvalidRequestException(ErrorCode.REQUEST_INVALID, message, Map.of("field", field));
    }

    private static int firstControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }
}
