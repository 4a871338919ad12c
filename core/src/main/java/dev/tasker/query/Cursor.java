package dev.tasker.query;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a page ended: the key of its last row. As text it is opaque; its form may change between releases.
public record Cursor(Kind kind, long lastId) {
    private static final Pattern FORM = Pattern.compile("1:([a-z]+):([1-9][0-9]{0,17})");

    public Cursor {
        if (lastId < 1) {
            throw new IllegalArgumentException("a cursor holds the id of a row, not " + lastId);
        }
    }

    /// What is paged through. A cursor of one kind is refused by queries of another.
    public enum Kind {
        TASKS,
        STEPS,
        TRANSITIONS;

        private String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Reads what [#toString] wrote.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID: not a cursor, or one of another kind of query
    public static Cursor parse(Kind kind, String text) {
        Matcher matcher = FORM.matcher(decoded(text));
        if (!matcher.matches()) {
            throw invalid("`" + text + "` is no cursor; pass one exactly as an earlier page gave it", text);
        }
        if (!matcher.group(1).equals(kind.key())) {
            throw invalid(
                    "the cursor `" + text + "` is of a page of " + matcher.group(1) + ", not of " + kind.key(), text);
        }
        return new Cursor(kind, Long.parseLong(matcher.group(2)));
    }

    private static String decoded(String text) {
        try {
            return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException notBase64) {
            return "";
        }
    }

    private static InvalidRequestException invalid(String message, String text) {
        return new InvalidRequestException(ErrorCode.CURSOR_INVALID, message, Map.of("cursor", text));
    }

    @Override
    public String toString() {
        String plain = "1:" + kind.key() + ":" + lastId;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
    }
}
