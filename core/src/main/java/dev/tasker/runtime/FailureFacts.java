package dev.tasker.runtime;

import dev.tasker.json.Json;
import dev.tasker.wave.WaveResult.Recorded;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What events tell of a failed attempt: the error as it was recorded, without its context.
final class FailureFacts {
    private static final int BACKTRACE_LINES = 10;

    private FailureFacts() {}

    static Map<String, @Nullable Object> of(Recorded recorded, Map<String, ?> times) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>(times);
        Map<?, ?> error = error(recorded);
        facts.put("error_message", error.get("message"));
        facts.put("exception_class", error.get("class"));
        facts.put("error_code", error.get("error_code"));
        facts.put("retryable", error.get("retryable"));
        if (error.get("backtrace") instanceof List<?> lines) {
            facts.put("backtrace", List.copyOf(lines.subList(0, Math.min(BACKTRACE_LINES, lines.size()))));
        }
        recorded.retriesAt().ifPresent(time -> facts.put("retries_at", time.toString()));
        return facts;
    }

    /// The stored error; empty where there is none.
    static Map<?, ?> error(Recorded recorded) {
        String error = recorded.outcome().error();
        return error != null && Json.read(error) instanceof Map<?, ?> map ? map : Map.of();
    }
}
