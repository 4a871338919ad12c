package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.run.InputFile;
import dev.tasker.server.run.TaskRun;
import dev.tasker.server.run.TemplateName;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tasker run`
@Command(
        name = "run",
        description = {
            "Runs one task of a template to its end in this process, and prints it.",
            "Nothing is stored unless template, input and all handlers are good."
        },
        footer = {
            "",
            "Example:",
            "  tasker run examples-python/templates/order_fulfillment.yaml \\",
            "      --input examples-python/inputs/order.json"
        })
final class RunCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "TEMPLATE",
            description = "A .yaml file, or [namespace.]name[@version] of a registered template.")
    private String template = "";

    @Option(
            names = "--input",
            paramLabel = "FILE",
            required = true,
            description = "The task's context, a JSON object; - reads standard input.")
    private String input = "";

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description = "Stop waiting for the end after this time, such as 30s or 10m (default: wait without limit).")
    private Duration timeout = Duration.ofDays(365);

    @Mixin
    private RequestOptions request = new RequestOptions();

    @Mixin
    private GuestOptions guests = new GuestOptions();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    RunCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = root.settings(guests, environment);
        TaskRun.Order order = new TaskRun.Order(
                TemplateName.parse(template),
                request.request(InputFile.read(input, root.streams().in())),
                EngineSetup.of(settings, GuestOptions.folder(settings)),
                GuestOptions.config(Configuration.of(settings)),
                TaskRun.engineOf(settings),
                timeout);
        Presentation presentation = new Presentation(root);
        return presentation.exitCode(
                presentation.run(order, root.database(settings)).task());
    }
}
