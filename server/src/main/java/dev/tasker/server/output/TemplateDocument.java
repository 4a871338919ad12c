package dev.tasker.server.output;

import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Templates as JSON objects and as text.
public final class TemplateDocument {
    private TemplateDocument() {}

    /// A template with its steps, in topological order.
    public static Map<String, @Nullable Object> of(Template template) {
        Map<String, @Nullable Object> json = summary(template);
        json.put("description", template.description());
        json.put("failure_policy", template.failurePolicy().key());
        json.put("schema", template.schema().orElse(null));
        json.put("steps", template.steps().stream().map(TemplateDocument::step).toList());
        return json;
    }

    /// A template as a list shows it.
    public static Map<String, @Nullable Object> summary(Template template) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("namespace", template.key().namespace());
        json.put("name", template.key().name());
        json.put("version", template.key().version().toString());
        json.put("source", template.source().map(Object::toString).orElse(null));
        return json;
    }

    /// A list for people.
    public static String list(List<RegisteredTemplate> templates) {
        TextTable table = new TextTable("TEMPLATE", "STEPS", "DESCRIPTION", "SOURCE");
        templates.forEach(entry -> table.row(
                entry.template().key().toString(),
                Integer.toString(entry.template().steps().size()),
                ShortText.cut(entry.template().description(), 50),
                entry.template().source().map(Object::toString).orElse("")));
        return table.toString();
    }

    /// A template for people.
    public static String text(Template template) {
        TextTable table = new TextTable("STEP", "HANDLER", "DEPENDS ON", "ATTEMPTS", "TIMEOUT");
        template.steps()
                .forEach(step -> table.row(
                        step.name(),
                        step.handlerKey().toString(),
                        step.dependsOn().isEmpty() ? "-" : String.join(", ", step.dependsOn()),
                        step.retryable() ? Integer.toString(step.retryLimit()) : "1",
                        step.timeoutSeconds() + " s"));
        String source = template.source().map(file -> "source: " + file + "\n").orElse("");
        String description = template.description().isEmpty() ? "" : template.description() + "\n";
        return template.key() + "  " + template.failurePolicy().key() + "\n" + description + source + "\n" + table;
    }

    private static Map<String, @Nullable Object> step(StepTemplate step) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", step.name());
        json.put("handler", step.handlerKey().toString());
        json.put("handler_file", step.handlerFile().orElse(null));
        json.put("depends_on", step.dependsOn());
        json.put("skippable", step.skippable());
        json.put("retryable", step.retryable());
        json.put("retry_limit", step.retryLimit());
        json.put("backoff", step.backoff());
        json.put("timeout_seconds", step.timeoutSeconds());
        return json;
    }
}
