package dev.tasker.server.command;

import dev.tasker.json.Json;
import dev.tasker.server.database.DatabaseAddress;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.OutputFormat;
import dev.tasker.server.output.Streams;
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

    /// The database that option and environment name; the embedded one where they name none.
    ///
    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: the URL has no known form
    DatabaseChoice database() {
        return new DatabaseChoice(Optional.ofNullable(databaseUrl)
                .or(() -> Optional.ofNullable(invocation.environment().get(DatabaseAddress.VARIABLE)))
                .filter(url -> !url.isBlank())
                .map(DatabaseAddress::parse));
    }

    /// The database that the option names, whatever the environment says.
    DatabaseChoice databaseOfOption() {
        return new DatabaseChoice(Optional.ofNullable(databaseUrl).map(DatabaseAddress::parse));
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
