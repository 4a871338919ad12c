package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.ConfigurationKey;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.server.handlers.HandlerFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of commands that run handlers.
final class GuestOptions implements SettingOptions {
    @Option(
            names = "--handlers",
            paramLabel = "DIR",
            description =
                    "Look here for handler files that are not beside the template, and for jars with Java handlers.")
    private @Nullable String handlers;

    @Option(
            names = "--allow",
            paramLabel = "GRANT",
            split = ",",
            description = "Let Python and JavaScript handlers use files (io), sockets (net) or the environment (env);"
                    + " repeatable (default: none). Ruby handlers are trusted code whatever stands here.")
    private List<String> allowed = List.of();

    @Option(
            names = "--contexts",
            paramLabel = "LANGUAGE=N",
            split = ",",
            description = "Handlers of a language that run at once (default: the cores, at most 4).")
    private Map<String, String> contexts = Map.of();

    @Override
    public void addTo(SettingsReader reader) {
        if (handlers != null) {
            reader.option(ConfigurationKeys.HANDLER_DIRECTORY, handlers, "--handlers");
        }
        if (!allowed.isEmpty()) {
            reader.option(ConfigurationKeys.GRANTS, allowed, "--allow");
        }
        contexts.forEach((name, number) -> reader.option(slots(name), number, "--contexts " + name));
    }

    /// @throws dev.tasker.error.InvalidConfigurationException what is named is no folder
    static HandlerFolder folder(Settings settings) {
        Optional<Path> folder = settings.find(ConfigurationKeys.HANDLER_DIRECTORY);
        folder.filter(path -> !Files.isDirectory(path)).ifPresent(path -> {
            throw settings.problem(ConfigurationKeys.HANDLER_DIRECTORY, path + " is no folder");
        });
        return new HandlerFolder(folder);
    }

    static PolyglotConfig config(Configuration configuration) {
        PolyglotConfig.Builder config = PolyglotConfig.builder()
                .grants(configuration.handlers().grants().stream()
                        .map(name -> Grant.named(name).orElseThrow())
                        .collect(Collectors.toSet()));
        Configuration.ExecutionSection slots = configuration.execution();
        slots.javascriptSlots().ifPresent(number -> config.contextsMax(HandlerRuntime.JAVASCRIPT, number));
        slots.pythonSlots().ifPresent(number -> config.contextsMax(HandlerRuntime.PYTHON, number));
        slots.rubySlots().ifPresent(number -> config.contextsMax(HandlerRuntime.RUBY, number));
        Configuration.HandlersSection handlers = configuration.handlers();
        return config.packages(HandlerRuntime.JAVASCRIPT, handlers.javascriptPackages())
                .packages(HandlerRuntime.PYTHON, handlers.pythonPackages())
                .packages(HandlerRuntime.RUBY, handlers.rubyPackages())
                .callsMax(handlers.contextCallsMax())
                .outputBytesMax(handlers.outputBytesMax())
                .build();
    }

    private static ConfigurationKey<Integer> slots(String language) {
        HandlerRuntime runtime = HandlerRuntime.named(language)
                .filter(named -> named != HandlerRuntime.JAVA)
                .orElseThrow(() -> OptionProblem.of(
                        "--contexts",
                        "there is no guest language `" + language + "`; there are javascript, python, ruby"));
        return switch (runtime) {
            case JAVASCRIPT -> ConfigurationKeys.JAVASCRIPT_SLOTS;
            case PYTHON -> ConfigurationKeys.PYTHON_SLOTS;
            case RUBY -> ConfigurationKeys.RUBY_SLOTS;
            case JAVA -> ConfigurationKeys.JAVA_SLOTS;
        };
    }
}
