package dev.tasker.server.command;

import dev.tasker.query.AnnotationFilter;
import dev.tasker.query.TaskQuery;
import dev.tasker.transition.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which tasks are meant. Those that are given must all hold.
final class TaskFilterOptions {
    private static final Pattern ANNOTATION = Pattern.compile("([^:=]+):([^=]+)=(.*)", Pattern.DOTALL);

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            description = "Only tasks in one of these states: ${COMPLETION-CANDIDATES} (default: all).")
    private List<TaskState> states = new ArrayList<>();

    @Option(names = "--active", description = "Only tasks that still have something to run.")
    private boolean active;

    @Option(names = "--namespace", paramLabel = "NAME", description = "Only tasks of templates in this namespace.")
    private @Nullable String namespace;

    @Option(names = "--name", paramLabel = "NAME", description = "Only tasks of templates with this name.")
    private @Nullable String name;

    @Option(names = "--version", paramLabel = "N.N.N", description = "Only tasks of templates in this version.")
    private @Nullable String version;

    @Option(names = "--initiator", paramLabel = "NAME", description = "Only tasks that this one asked for.")
    private @Nullable String initiator;

    @Option(names = "--source-system", paramLabel = "NAME", description = "Only tasks from this system.")
    private @Nullable String sourceSystem;

    @Option(names = "--correlation-id", paramLabel = "ID", description = "Only tasks with this correlation id.")
    private @Nullable String correlationId;

    @Option(names = "--tag", paramLabel = "TAG", description = "Only tasks with this tag; may be repeated.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--annotation",
            paramLabel = "TYPE:KEY=VALUE",
            description = "Only tasks with such an annotation; may be repeated.")
    private List<String> annotations = new ArrayList<>();

    @Option(
            names = "--created-since",
            paramLabel = "TIME",
            converter = SinceText.class,
            description = "Only tasks created since: 2026-01-31T12:00:00Z, or how long ago, as 2h or 3d.")
    private @Nullable Instant createdSince;

    @Option(
            names = "--completed-since",
            paramLabel = "TIME",
            converter = SinceText.class,
            description = "Only tasks that completed since.")
    private @Nullable Instant completedSince;

    @Option(
            names = "--failed-since",
            paramLabel = "TIME",
            converter = SinceText.class,
            description = "Only tasks that failed since, and are still in error.")
    private @Nullable Instant failedSince;

    /// The tasks that are meant.
    TaskQuery query() {
        TaskQuery.Builder query = TaskQuery.builder()
                .states(states)
                .tags(tags)
                .annotations(
                        annotations.stream().map(TaskFilterOptions::annotation).toList());
        Optional.ofNullable(namespace).ifPresent(query::namespace);
        Optional.ofNullable(name).ifPresent(query::name);
        Optional.ofNullable(version).ifPresent(query::version);
        Optional.ofNullable(initiator).ifPresent(query::initiator);
        Optional.ofNullable(sourceSystem).ifPresent(query::sourceSystem);
        Optional.ofNullable(correlationId).ifPresent(query::correlationId);
        Optional.ofNullable(createdSince).ifPresent(query::createdSince);
        Optional.ofNullable(completedSince).ifPresent(query::completedSince);
        Optional.ofNullable(failedSince).ifPresent(query::failedSince);
        return active ? query.active().build() : query.build();
    }

    private static AnnotationFilter annotation(String text) {
        Matcher matcher = ANNOTATION.matcher(text);
        if (!matcher.matches()) {
            throw OptionProblem.of("--annotation", "must be TYPE:KEY=VALUE, not `" + text + "`");
        }
        return new AnnotationFilter(matcher.group(1), matcher.group(2), matcher.group(3));
    }
}
