package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.request.TaskRequest;
import dev.tasker.request.TaskRequestReader;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.run.InputFile;
import dev.tasker.server.run.InputFile.Line;
import dev.tasker.server.run.TaskOrder;
import dev.tasker.server.run.TemplateName;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tasker task create`
@Command(
        name = "create",
        description = {
            "Creates tasks of a template; workers run them.",
            "All requests are checked before anything is stored, and all or none become tasks."
        },
        footer = {
            "",
            "Example:",
            "  tasker task create shop.order --input order.json --idempotency-key order-4711",
            "  tasker task create shop.order --batch orders.jsonl --skip-duplicates"
        })
final class TaskCreateCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "TEMPLATE",
            description = "A .yaml file, or [namespace.]name[@version] of a registered template.")
    private String template = "";

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    @Option(names = "--draft", description = "Nothing runs before the task is launched.")
    private boolean draft;

    @Option(
            names = "--skip-duplicates",
            description = "Answer with the existing task where there is one already, instead of refusing.")
    private boolean skipsDuplicates;

    @Mixin
    private RequestOptions options = new RequestOptions();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    TaskCreateCommand(RootCommand root) {
        this.root = root;
    }

    /// Where the requests are.
    private static final class Source {
        @Option(
                names = "--input",
                paramLabel = "FILE",
                required = true,
                description = "The context of one task, a JSON object; - reads standard input.")
        private @Nullable String input;

        @Option(
                names = "--batch",
                paramLabel = "FILE",
                required = true,
                description = {
                    "One request per line, each a JSON object with a context; - reads standard input.",
                    "Options say what a line leaves out. At most " + TaskCreation.REQUESTS_MAX + " lines."
                })
        private @Nullable String batch;
    }

    @Override
    public Integer call() {
        Settings settings = root.settings(environment);
        TaskOrder order = new TaskOrder(TemplateName.parse(template), requests(), Configuration.of(settings));
        try (OpenDatabase database = root.database(settings).open()) {
            List<CreatedTask> created =
                    order.create(database.dataSource(), skipsDuplicates ? Duplicates.SKIP : Duplicates.REFUSE);
            if (!root.isJson()) {
                return root.printText(text(created));
            }
            return root.printJson(
                    source.batch == null
                            ? document(created.getFirst())
                            : Map.of(
                                    "tasks",
                                    created.stream()
                                            .map(TaskCreateCommand::document)
                                            .toList()));
        }
    }

    private List<TaskRequest> requests() {
        String batch = source.batch;
        if (batch == null) {
            return List.of(request(Map.of(
                    "context",
                    InputFile.read(String.valueOf(source.input), root.streams().in()))));
        }
        List<TaskRequest> requests = new ArrayList<>();
        for (Line line : InputFile.readLines(batch, root.streams().in(), TaskCreation.REQUESTS_MAX)) {
            requests.add(line.attempt(this::request));
        }
        return requests;
    }

    private TaskRequest request(Map<String, ? extends @Nullable Object> given) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>(options.document());
        document.put("draft", draft);
        document.putAll(given);
        return TaskRequestReader.read(document);
    }

    private static Map<String, @Nullable Object> document(CreatedTask task) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("task_id", task.id().value());
        document.put("created", task.created());
        return document;
    }

    private static String text(List<CreatedTask> tasks) {
        StringBuilder text = new StringBuilder();
        tasks.forEach(task ->
                text.append("task ").append(task.id()).append(task.created() ? " created\n" : " exists already\n"));
        return text.isEmpty() ? "no requests\n" : text.toString();
    }
}
