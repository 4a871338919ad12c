package dev.tasker.server.command;

import dev.tasker.json.Json;
import dev.tasker.request.TaskRequest;
import dev.tasker.request.TaskRequestReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options that go into the request of a task.
final class RequestOptions {
    private static final double MILLIS_PER_SECOND = 1_000;

    @Option(names = "--initiator", paramLabel = "TEXT", description = "Who asks (default: ${DEFAULT-VALUE}).")
    private String initiator = System.getProperty("user.name", "unknown");

    @Option(
            names = "--source-system",
            paramLabel = "TEXT",
            description = "Which system asks (default: ${DEFAULT-VALUE}).")
    private String sourceSystem = "tasker-cli";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why (default: ${DEFAULT-VALUE}).")
    private String reason = "command line";

    @Option(names = "--tag", paramLabel = "TEXT", description = "A label of the task; repeatable (default: none).")
    private List<String> tags = List.of();

    @Option(
            names = "--bypass",
            paramLabel = "STEP",
            description = "A skippable step that is not to run; repeatable (default: none).")
    private List<String> bypass = List.of();

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "Tasks with a higher number go first (default: ${DEFAULT-VALUE}).")
    private int priority;

    @Option(
            names = "--correlation-id",
            paramLabel = "TEXT",
            description = "Ties the task to others (default: one of its own).")
    private @Nullable String correlationId;

    @Option(
            names = "--parent-correlation-id",
            paramLabel = "TEXT",
            description = "The correlation id of what caused the task (default: none).")
    private @Nullable String parentCorrelationId;

    @Option(
            names = "--idempotency-key",
            paramLabel = "TEXT",
            description = "The same in all requests for one task: only the first one makes it (default: none).")
    private @Nullable String idempotencyKey;

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            description = "Nothing runs before this time has passed, such as 10m (default: none).")
    private @Nullable Duration delay;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            description = "The task ends in error when it takes longer, such as 1h (default: the template's).")
    private @Nullable Duration deadline;

    @Option(
            names = "--annotation",
            paramLabel = "TYPE=JSON",
            description = "A note of a type, such as 'order={\"id\": 7}'; repeatable (default: none).")
    private List<String> annotations = List.of();

    TaskRequest request(Map<String, @Nullable Object> context) {
        Map<String, @Nullable Object> document = document();
        document.put("context", context);
        return TaskRequestReader.read(document);
    }

    /// What the options say, in the form that [TaskRequestReader] takes; without a context.
    Map<String, @Nullable Object> document() {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("initiator", initiator);
        document.put("source_system", sourceSystem);
        document.put("reason", reason);
        document.put("tags", tags);
        document.put("bypass_steps", bypass);
        document.put("priority", priority);
        document.put("correlation_id", correlationId);
        document.put("parent_correlation_id", parentCorrelationId);
        document.put("idempotency_key", idempotencyKey);
        document.put("delay_seconds", seconds(delay));
        document.put("deadline_seconds", seconds(deadline));
        List<Object> notes = new ArrayList<>();
        annotations.forEach(text -> notes.add(annotation(text)));
        document.put("annotations", notes);
        return document;
    }

    private static @Nullable Double seconds(@Nullable Duration time) {
        return time == null ? null : time.toMillis() / MILLIS_PER_SECOND;
    }

    private static Map<String, @Nullable Object> annotation(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw OptionProblem.of("--annotation", "`" + text + "` has another form than TYPE=JSON");
        }
        String type = text.substring(0, equals);
        Map<String, @Nullable Object> annotation = new LinkedHashMap<>();
        annotation.put("type", type);
        annotation.put("value", Json.parse(text.substring(equals + 1), "--annotation " + type));
        return annotation;
    }
}
