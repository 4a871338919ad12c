package dev.tasker.execution.http;

import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.Task;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Calls an HTTP API as `handler_config` says; needs no code.
///
/// Keys beside those of [ApiStepHandler]: `method` (default GET, with a body POST) and `body`, a JSON template. `url`,
/// `params` and `body` may hold placeholders such as `{context.customer.id}` and `{results.create.body.id}`.
public final class HttpStepHandler extends ApiStepHandler {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE");

    public HttpStepHandler(Map<String, @Nullable Object> config) {
        super(config);
    }

    @Override
    protected Map<String, @Nullable Object> config(Task task, Sequence sequence) {
        Placeholders placeholders = new Placeholders(task, sequence);
        Map<String, @Nullable Object> filled = new LinkedHashMap<>(config());
        filled.computeIfPresent("url", (_, url) -> placeholders.inUrl(String.valueOf(url)));
        filled.computeIfPresent("params", (_, params) -> placeholders.inJson(params));
        return filled;
    }

    @Override
    protected ApiResponse call(ApiClient client, Task task, Sequence sequence, Step step) throws Exception {
        Object body = new Placeholders(task, sequence).inJson(config().get("body"));
        Object given = config().get("method");
        String method =
                given == null ? body == null ? "GET" : "POST" : given.toString().toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw ApiConfig.invalid(
                    "method",
                    "must be one of "
                            + String.join(", ", METHODS.stream().sorted().toList()));
        }
        return client.send(method, client.url(), body);
    }
}
