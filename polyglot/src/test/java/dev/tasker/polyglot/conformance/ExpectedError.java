package dev.tasker.polyglot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a case says of an error: the parts of it that matter.
public final class ExpectedError {
    private ExpectedError() {}

    /// Compares an error as it is stored.
    public static void check(@Nullable Map<?, ?> error, Map<?, ?> expected) {
        assertThat(error).isNotNull();
        expected.forEach((part, value) -> checkPart(error, part.toString(), value));
    }

    private static void checkPart(Map<?, ?> error, String part, @Nullable Object expected) {
        switch (part) {
            case "class" -> assertThat(error.get("class").toString()).containsPattern(expected.toString());
            case "message_has" -> assertThat(error.get("message").toString()).contains(expected.toString());
            case "retry_after" ->
                assertThat(error.get("retry_after"))
                        .isEqualTo(expected == null ? null : ((Number) expected).doubleValue());
            case "cause" -> {
                if (expected == null) {
                    assertThat(error.get("cause")).isNull();
                } else {
                    check((Map<?, ?>) error.get("cause"), (Map<?, ?>) expected);
                }
            }
            case "message", "error_code", "retryable", "context" ->
                assertThat(error.get(part)).as(part + " of " + error).isEqualTo(expected);
            default -> throw new IllegalArgumentException("an error has no " + part);
        }
    }
}
