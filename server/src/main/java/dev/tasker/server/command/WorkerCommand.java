package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.handlers.HandlerFolder;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.worker.TemplateFolders;
import dev.tasker.server.worker.Worker;
import dev.tasker.template.Template;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tasker worker`
@Command(
        name = "worker",
        description = {
            "Runs the steps of all registered templates until SIGTERM or Ctrl-C.",
            "Then running steps get time to finish, and what does not is given back; a second Ctrl-C stops at once.",
            "Handler files are loaded from where their templates were registered; templates that are registered later"
                    + " are picked up."
        },
        footer = {"", "Example:", "  tasker worker --contexts python=2,ruby=1 --lease 30s"})
final class WorkerCommand implements Callable<Integer>, SettingOptions {
    private final RootCommand root;

    @Option(
            names = "--lease",
            paramLabel = "DURATION",
            description = "After this time without a sign of life others take a step over (default: 15s).")
    private @Nullable String lease;

    @Option(
            names = "--shutdown-timeout",
            paramLabel = "DURATION",
            description = "How long running steps may go on after SIGTERM (default: 10s).")
    private @Nullable String shutdownTimeout;

    @Option(
            names = "--watch",
            description = "Load Ruby, Python and JavaScript handlers again when their files change (for development).")
    private boolean watch;

    @Option(
            names = "--inspect",
            paramLabel = "LANGUAGE=PORT",
            split = ",",
            description = "Let a debugger (Chrome DevTools protocol) connect to javascript or python handlers, on this"
                    + " machine only (for development).")
    private Map<String, Integer> inspect = Map.of();

    @Mixin
    private GuestOptions guests = new GuestOptions();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    WorkerCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = root.settings(guests, environment, this);
        Configuration configuration = Configuration.of(settings);
        TaskerConfig config = TaskerConfig.of(configuration);
        PolyglotConfig guestConfig = inspected(GuestOptions.config(configuration));
        List<PolyglotHost> hosts = hosts(guestConfig);
        HandlerFolder folder = GuestOptions.folder(settings);
        EngineSetup setup = EngineSetup.of(settings, folder);
        List<Template> templates = TemplateFolders.read(setup.settings().templateDirectories(), setup.parser());
        try (OpenDatabase database = root.database(settings).open();
                Tasker tasker = Tasker.open(database.dataSource(), config, List.copyOf(hosts))) {
            setup.applyTo(tasker);
            templates.forEach(tasker::register);
            Worker worker = new Worker(tasker, folder, watch ? hosts : List.of(), this::warn);
            worker.serve(counts -> {
                // Until here the first signal ends the process: nothing runs yet that could be given back.
                root.invocation().interrupts().onFirst(_ -> stop(worker, config));
                announce(config, counts, database.description());
            });
        }
        root.streams().err().println("tasker: worker " + config.worker().value() + " stopped");
        return ExitCode.OK.number();
    }

    private void stop(Worker worker, TaskerConfig config) {
        warn("stopping; running steps get up to " + config.shutdownTimeout().toSeconds() + " s (again: stop at once)");
        worker.stop();
    }

    @Override
    public void addTo(SettingsReader reader) {
        if (lease != null) {
            reader.option(ConfigurationKeys.LEASE, lease, "--lease");
        }
        if (shutdownTimeout != null) {
            reader.option(ConfigurationKeys.SHUTDOWN_TIMEOUT, shutdownTimeout, "--shutdown-timeout");
        }
    }

    private PolyglotConfig inspected(PolyglotConfig config) {
        Map<HandlerRuntime, Integer> ports = new EnumMap<>(HandlerRuntime.class);
        inspect.forEach((language, port) -> {
            HandlerRuntime runtime = HandlerRuntime.named(language)
                    .filter(named -> named == HandlerRuntime.JAVASCRIPT || named == HandlerRuntime.PYTHON)
                    .orElseThrow(() -> OptionProblem.of(
                            "--inspect", "knows javascript=PORT and python=PORT, not `" + language + "`"));
            if (port < 1 || port > 65_535) {
                throw OptionProblem.of("--inspect", port + " is no port (1 to 65535)");
            }
            ports.put(runtime, port);
        });
        ports.forEach((runtime, port) -> warn(runtime.key() + " handlers may be debugged: in Chrome open"
                + " devtools://devtools/bundled/js_app.html?ws=127.0.0.1:" + port + "/" + runtime.key()));
        return config.withInspectPorts(ports);
    }

    private static List<PolyglotHost> hosts(PolyglotConfig config) {
        return Arrays.stream(HandlerRuntime.values())
                .filter(runtime -> runtime != HandlerRuntime.JAVA)
                .map(runtime -> PolyglotHost.open(runtime, config))
                .toList();
    }

    private void warn(String message) {
        root.streams().err().println("tasker: " + message);
    }

    private void announce(TaskerConfig config, Map<HandlerRuntime, Integer> counts, String database) {
        int handlers = counts.values().stream().mapToInt(Integer::intValue).sum();
        if (root.isJson()) {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("event", "ready");
            json.put("worker", config.worker().value());
            Map<String, Integer> byRuntime = new LinkedHashMap<>();
            counts.forEach((runtime, count) -> byRuntime.put(runtime.key(), count));
            json.put("handlers", byRuntime);
            json.put("database", database);
            root.streams().out().println(Json.write(json));
        } else {
            String languages = counts.entrySet().stream()
                    .map(entry -> entry.getKey().key() + " " + entry.getValue())
                    .collect(Collectors.joining(", ", " (", ")"));
            root.streams()
                    .out()
                    .println("tasker worker " + config.worker().value() + " ready: " + handlers
                            + (handlers == 1 ? " handler" : " handlers")
                            + (handlers == 0 ? ", waiting for templates" : languages) + ", database " + database);
        }
        root.streams().out().flush();
    }
}
