package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.output.ShortText;
import dev.tasker.server.run.InputFile;
import dev.tasker.server.run.TaskRun;
import dev.tasker.server.run.TemplateName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tasker demo`
@Command(
        name = "demo",
        description = {
            "Runs an order whose steps are written in Python, Ruby, JavaScript and Java.",
            "Works on the embedded PostgreSQL, unless --database-url names another one."
        },
        footer = {"", "Example:", "  tasker demo -o json"})
final class DemoCommand implements Callable<Integer> {
    private static final String TEMPLATE = "examples-mixed/templates/order_fulfillment.yaml";
    private static final String INPUT = "examples-mixed/inputs/order.json";

    private final RootCommand root;

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Mixin
    private GuestOptions guests = new GuestOptions();

    DemoCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        long start = System.nanoTime();
        Settings settings = root.settings(guests);
        TaskRun.Order order = new TaskRun.Order(
                new TemplateName.InFile(example(TEMPLATE)),
                request.request(
                        InputFile.read(example(INPUT).toString(), root.streams().in())),
                EngineSetup.of(settings, GuestOptions.folder(settings)),
                GuestOptions.config(Configuration.of(settings)),
                TaskRun.engineOf(settings),
                Duration.ofMinutes(10));
        Presentation presentation = new Presentation(root);
        TaskRun.Result result = presentation.run(order, root.databaseOfOption(settings));
        if (!root.isJson()) {
            summarize(result, Duration.ofNanos(System.nanoTime() - start));
        }
        return presentation.exitCode(result.task());
    }

    private void summarize(TaskRun.Result result, Duration took) {
        String task = result.task().summary().id().toString();
        root.printText("""

                Order %s: %s, %s from start to end, in %s

                Try next:
                  tasker task show %s            every transition of this task
                  tasker template graph mixed.order_fulfillment
                  tasker run examples-python/templates/customer_analytics.yaml \\
                      --input examples-python/inputs/analytics.json
                  tasker --help
                """.formatted(
                task, result.task().summary().state().key(), ShortText.duration(took), result.database(), task));
    }

    private Path example(String name) {
        Path file = root.invocation().home().orElse(Path.of("")).resolve(name);
        if (!Files.exists(file)) {
            throw new NotFoundException(
                    ErrorCode.TEMPLATE_NOT_FOUND,
                    "the demo's file " + file + " is missing; start tasker from its source tree with bin/tasker",
                    Map.of("file", file.toString()));
        }
        return file;
    }
}
