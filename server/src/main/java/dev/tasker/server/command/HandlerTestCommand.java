package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.execution.AttemptEvents;
import dev.tasker.execution.DataFolder;
import dev.tasker.identity.HandlerKey;
import dev.tasker.json.Json;
import dev.tasker.polyglot.FoundHandler;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import dev.tasker.server.logging.StderrLogging;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.run.InputFile;
import dev.tasker.server.trial.HandlerFiles;
import dev.tasker.server.trial.HandlerTrial;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tasker handler test`
@Command(
        name = "test",
        description = {
            "Runs one handler alone on a JSON input, without a database: its result, its events, its log, its time.",
            "TARGET is a handler file, or a template whose step is named with --step."
        },
        footer = {
            "",
            "Examples:",
            "  tasker handler test shop/handlers/charge.py --input order.json --results results.json",
            "  tasker handler test shop/templates/order.yaml --step charge_payment --input order.json"
        })
final class HandlerTestCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final RootCommand root;

    @Parameters(paramLabel = "TARGET", description = "A handler file (.rb, .py, .mjs), or a template.")
    private String target = "";

    @Option(
            names = "--handler",
            paramLabel = "NAME",
            description = "Which handler of the file (default: the only one).")
    private @Nullable String handler;

    @Option(names = "--step", paramLabel = "NAME", description = "Which step of the template.")
    private @Nullable String step;

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "The task's context, a JSON object; - reads standard input (default: {}).")
    private @Nullable String input;

    @Option(
            names = "--results",
            paramLabel = "FILE",
            description = "What earlier steps stored: a JSON object of results by step name.")
    private @Nullable String results;

    @Option(
            names = "--step-config",
            paramLabel = "FILE",
            description = "handler_config, a JSON object (default: that of the template's step, else {}).")
    private @Nullable String stepConfig;

    @Option(names = "--attempt", paramLabel = "N", description = "Number of the attempt (default: 1).")
    private int attempt = 1;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description = "Stop the handler after this time (default: that of the template's step, else 5m).")
    private @Nullable Duration timeout;

    @Mixin
    private GuestOptions guests = new GuestOptions();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    HandlerTestCommand(RootCommand root) {
        this.root = root;
    }

    /// The handler, and what its template says of it.
    private record Subject(
            HandlerKey key,
            @Nullable Path file,
            Map<String, @Nullable Object> config,
            Duration timeout,
            DataFolder data) {}

    @Override
    public Integer call() {
        if (attempt < 1) {
            throw OptionProblem.of("--attempt", "must be 1 or more, not " + attempt);
        }
        Settings settings = root.settings(guests, environment);
        PolyglotConfig config = GuestOptions.config(Configuration.of(settings));
        Subject subject = HandlerFiles.runtimeOf(Path.of(target)).isPresent()
                ? ofFile(Path.of(target), config)
                : ofTemplate(settings);
        HandlerTrial.Input given = new HandlerTrial.Input(
                object(input),
                Map.of(),
                stepConfig == null ? subject.config() : object(stepConfig),
                object(results),
                attempt,
                timeout == null ? subject.timeout() : timeout,
                subject.data());
        StderrLogging.showHandlers();
        return print(subject.key(), new HandlerTrial(given).run(subject.key(), subject.file(), config));
    }

    private Map<String, @Nullable Object> object(@Nullable String file) {
        return file == null ? Map.of() : InputFile.read(file, root.streams().in());
    }

    private Subject ofFile(Path path, PolyglotConfig config) {
        if (step != null) {
            throw OptionProblem.of("--step", "needs a template; " + path + " is a handler file (use --handler)");
        }
        Path file = HandlerFiles.below(path).getFirst();
        List<FoundHandler> found;
        try (PolyglotHost host = PolyglotHost.open(HandlerFiles.runtimeOf(file).orElseThrow(), config)) {
            found = host.list(file);
        }
        List<FoundHandler> meant = found.stream()
                .filter(candidate ->
                        handler == null || candidate.key().handlerClass().equals(handler))
                .toList();
        if (meant.size() != 1) {
            String names = String.join(
                    ", ",
                    found.stream().map(known -> known.key().handlerClass()).toList());
            throw new InvalidRequestException(
                    ErrorCode.OPTION_INVALID,
                    (handler == null
                                    ? path + " has " + (found.isEmpty() ? "no handlers" : found.size() + " handlers")
                                    : path + " has no handler `" + handler + "`")
                            + (found.isEmpty() ? "" : ": " + names + "; name one with --handler"),
                    Map.of("file", path.toString(), "handlers", names));
        }
        return new Subject(meant.getFirst().key(), file, Map.of(), TIMEOUT, DataFolder.beside(file));
    }

    private Subject ofTemplate(Settings settings) {
        Template template = GuestOptions.folder(settings).locate(TemplateLookup.find(root, target, environment));
        String names = String.join(
                ", ", template.steps().stream().map(StepTemplate::name).toList());
        if (step == null) {
            throw OptionProblem.of("--step", "is missing: " + target + " has the steps " + names);
        }
        StepTemplate found = template.steps().stream()
                .filter(candidate -> candidate.name().equals(step))
                .findFirst()
                .orElseThrow(() ->
                        OptionProblem.of("--step", "`" + step + "` is no step of " + target + "; it has " + names));
        Optional<Path> file = template.handlerPath(found);
        return new Subject(
                found.handlerKey(),
                file.orElse(null),
                found.handlerConfig(),
                Duration.ofSeconds(found.timeoutSeconds()),
                template.source().map(DataFolder::beside).orElseGet(DataFolder::none));
    }

    private int print(HandlerKey key, HandlerTrial.Outcome outcome) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("handler", key.toString());
        boolean isSuccess = false;
        switch (outcome.result()) {
            case StepResult.Success(Object output) -> {
                isSuccess = true;
                json.put("outcome", "success");
                json.put("results", output);
            }
            case StepResult.Failure(StepError error) -> {
                json.put("outcome", error.retryable() ? "retryable_failure" : "permanent_failure");
                json.put("error", error.toJson());
            }
            case StepResult.NotStarted(String reason) -> {
                json.put("outcome", "not_started");
                json.put("reason", reason);
            }
        }
        json.put(
                "events",
                outcome.events().stream().map(HandlerTestCommand::event).toList());
        json.put("load_ms", outcome.loaded().toNanos() / 1_000_000.0);
        json.put("duration_ms", outcome.took().toNanos() / 1_000_000.0);
        if (root.isJson()) {
            root.printJson(json);
        } else {
            root.printText(text(json));
        }
        return isSuccess ? ExitCode.OK.number() : ExitCode.TASK_FAILED.number();
    }

    private static Map<String, Object> event(AttemptEvents.Published event) {
        return Map.of("name", event.name(), "payload", event.payload());
    }

    private static String text(Map<String, @Nullable Object> json) {
        StringBuilder text = new StringBuilder();
        text.append(json.get("handler"))
                .append(": ")
                .append(json.get("outcome"))
                .append('\n');
        if (json.get("error") instanceof Map<?, ?> error) {
            text.append("  ")
                    .append(error.get("class"))
                    .append(": ")
                    .append(error.get("message"))
                    .append('\n');
            if (error.get("backtrace") instanceof List<?> lines) {
                lines.forEach(line -> text.append("    ").append(line).append('\n'));
            }
        } else {
            text.append("  results ").append(Json.write(json.get("results"))).append('\n');
        }
        if (json.get("events") instanceof List<?> events) {
            events.forEach(
                    event -> text.append("  event ").append(Json.write(event)).append('\n'));
        }
        return text.append("  loaded in ")
                .append(millis(json.get("load_ms")))
                .append(" ms, ran ")
                .append(millis(json.get("duration_ms")))
                .append(" ms\n")
                .toString();
    }

    private static String millis(@Nullable Object value) {
        return value instanceof Double number ? String.valueOf(Math.round(number * 10) / 10.0) : "?";
    }
}
