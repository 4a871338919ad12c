package dev.tasker.server.command;

import dev.tasker.request.TaskRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options that go into the request of a task.
final class RequestOptions {
    private static final String SOURCE_SYSTEM = "tasker-cli";

    @Option(names = "--initiator", paramLabel = "TEXT", description = "Who asks (default: ${DEFAULT-VALUE}).")
    private String initiator = System.getProperty("user.name", "unknown");

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

    TaskRequest request(Map<String, @Nullable Object> context) {
        TaskRequest.Builder request = TaskRequest.builder(context)
                .initiator(initiator)
                .sourceSystem(SOURCE_SYSTEM)
                .reason(reason)
                .tags(tags)
                .bypassSteps(Set.copyOf(bypass))
                .priority(priority);
        if (correlationId != null) {
            request.correlationId(correlationId);
        }
        return request.build();
    }
}
