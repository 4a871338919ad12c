package dev.tasker.store;

import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The form in which `tasker.register_template` takes a template.
final class TemplateJson {
    private TemplateJson() {}

    static Map<String, @Nullable Object> of(Template template) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("namespace", template.key().namespace());
        json.put("name", template.key().name());
        json.put("version", template.key().version().toString());
        json.put("description", template.description());
        json.put("failure_policy", template.failurePolicy().key());
        json.put("content_hash", template.contentHash());
        json.put("source_path", template.source().map(Object::toString).orElse(null));
        json.put("configuration", template.configuration());
        json.put("steps", template.steps().stream().map(TemplateJson::step).toList());
        return json;
    }

    private static Map<String, @Nullable Object> step(StepTemplate step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", step.name());
        json.put("description", step.description());
        json.put("dependent_system", step.dependentSystem());
        json.put("handler_key", step.handlerKey().toString());
        json.put("handler_file", step.handlerFile().orElse(null));
        json.put("handler_config", step.handlerConfig());
        json.put("skippable", step.skippable());
        json.put("retryable", step.retryable());
        json.put("retry_limit", step.retryLimit());
        json.put("backoff", step.backoff());
        json.put("timeout_seconds", step.timeoutSeconds());
        json.put("concurrency", step.concurrency().orElse(null));
        json.put("rate_limit_per_second", step.rateLimitPerSecond().orElse(null));
        json.put("delay_key", step.delayKey().orElse(null));
        json.put("custom_events", step.customEvents());
        json.put("parents", step.dependsOn());
        return json;
    }
}
