package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.ConfigurationFile;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import dev.tasker.config.Source;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.event.CustomEventFiles;
import dev.tasker.event.EventCatalog;
import dev.tasker.json.Json;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.handlers.EngineSetup;
import dev.tasker.server.handlers.HandlerFolder;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.OutputFormat;
import dev.tasker.server.output.Streams;
import dev.tasker.store.DatabaseAddress;
import dev.tasker.template.TemplateParser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `tasker` itself: the options that all commands share.
@Command(
        name = "tasker",
        description = "Runs workflows whose steps are written in Ruby, Python, JavaScript and Java, on PostgreSQL.",
        versionProvider = VersionText.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "First steps:",
            "  tasker demo                          an order through four languages",
            "  tasker run TEMPLATE --input FILE     your own workflow",
            "  tasker COMMAND --help                options and an example of a command",
            "",
            "Exit codes: 0 ok, 1 the task failed, 2 bad input, 3 no database, 4 not found, 5 conflict,",
            "            70 a bug of Tasker"
        })
public final class RootCommand implements Callable<Integer> {
    private final Invocation invocation;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "json|text",
            scope = ScopeType.INHERIT,
            description = "Print data as JSON or as text (default: ${DEFAULT-VALUE}).")
    private OutputFormat format = OutputFormat.TEXT;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description =
                    "postgresql://user:password@host:port/database or a jdbc:postgresql: URL (default: the environment"
                            + " variable TASKER_DATABASE_URL, else the embedded PostgreSQL).")
    private @Nullable String databaseUrl;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "A YAML file with settings (default: the environment variable TASKER_CONFIG, else"
                    + " tasker.yaml in this folder, if there is one).")
    private @Nullable Path configFile;

    @Option(
            names = SettingsReader.SET_OPTION,
            paramLabel = "SECTION.KEY=VALUE",
            scope = ScopeType.INHERIT,
            description = "Sets any key of the configuration; repeatable. `tasker config show` lists the keys.")
    private List<String> assignments = List.of();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Log what Tasker does to standard error, and show stack traces.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Spec
    private @Nullable CommandSpec spec;

    RootCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        return MissingCommand.explain(spec, streams());
    }

    Invocation invocation() {
        return invocation;
    }

    Streams streams() {
        return invocation.streams();
    }

    OutputFormat format() {
        return format;
    }

    boolean isJson() {
        return format == OutputFormat.JSON;
    }

    boolean isVerbose() {
        return verbose;
    }

    /// The configuration: file, environment, and the options of all commands and of this one.
    ///
    /// @param options those of one command that stand for keys
    /// @throws dev.tasker.error.InvalidConfigurationException with every problem
    Settings settings(SettingOptions... options) {
        SettingsReader reader = SettingsReader.empty();
        ConfigurationFile.find(Optional.ofNullable(configFile), invocation.environment(), Path.of(""))
                .ifPresent(reader::file);
        reader.environment(invocation.environment());
        assignments.forEach(reader::assignment);
        if (databaseUrl != null && !databaseUrl.isBlank()) {
            reader.option(ConfigurationKeys.DATABASE_URL, databaseUrl, "--database-url");
        }
        for (SettingOptions some : options) {
            some.addTo(reader);
        }
        return reader.read();
    }

    /// The database that the configuration names; the embedded one where it names none.
    DatabaseChoice database() {
        return database(settings());
    }

    /// The same, from settings that were read already.
    ///
    /// @throws dev.tasker.error.InvalidConfigurationException the URL has no known form
    DatabaseChoice database(Settings settings) {
        return database(settings, settings.find(ConfigurationKeys.DATABASE_URL));
    }

    /// The database that an option names, whatever file and environment say.
    DatabaseChoice databaseOfOption(Settings settings) {
        return database(
                settings,
                settings.find(ConfigurationKeys.DATABASE_URL)
                        .filter(_ -> settings.source(ConfigurationKeys.DATABASE_URL) instanceof Source.Option));
    }

    private static DatabaseChoice database(Settings settings, Optional<String> url) {
        try {
            return new DatabaseChoice(
                    url.map(DatabaseAddress::parse), Configuration.of(settings).database());
        } catch (InvalidRequestException problem) {
            throw settings.problem(ConfigurationKeys.DATABASE_URL, String.valueOf(problem.getMessage()));
        }
    }

    /// Reads template files as the configured environment knows them.
    TemplateParser parser(SettingOptions... options) {
        return new TemplateParser(Configuration.of(settings(options)).engine().environment());
    }

    /// Tasker's own events, and the custom ones of the configured folders.
    EventCatalog eventCatalog() {
        EngineSetup setup = EngineSetup.of(settings(), new HandlerFolder(Optional.empty()));
        EventCatalog catalog = new EventCatalog();
        setup.settings()
                .customEventsDirectories()
                .forEach(folder -> catalog.registerAll(CustomEventFiles.read(folder)));
        return catalog;
    }

    /// Prints one JSON object on standard output.
    int printJson(Map<String, ? extends @Nullable Object> document) {
        streams().out().println(Json.writePretty(document));
        return ExitCode.OK.number();
    }

    /// Prints text on standard output; it ends with a line feed.
    int printText(String text) {
        streams().out().print(text);
        return ExitCode.OK.number();
    }
}
