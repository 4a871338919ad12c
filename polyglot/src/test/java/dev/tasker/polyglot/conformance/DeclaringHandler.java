package dev.tasker.polyglot.conformance;

import dev.tasker.execution.HandlerInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The same, with all that can be declared.
@HandlerInfo(
        description = "Declares all that can be declared.",
        retryable = false,
        retryLimit = 4,
        backoff = "{\"strategy\": \"fixed\", \"base_seconds\": 2}",
        timeoutSeconds = 30,
        concurrency = 2,
        inputsSchema = "{\"type\": \"object\", \"required\": [\"total\"]}",
        resultSchema = "{\"type\": \"integer\"}",
        customEvents = "order.shipped")
public final class DeclaringHandler extends ConformanceHandler {
    public DeclaringHandler(Map<String, @Nullable Object> config) {
        super(config);
    }
}
