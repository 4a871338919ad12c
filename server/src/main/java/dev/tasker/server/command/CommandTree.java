package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.server.logging.StderrLogging;
import dev.tasker.server.output.ErrorReport;
import dev.tasker.server.output.OutputFormat;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// All commands, and how their errors are told.
public final class CommandTree {
    private final Invocation invocation;
    private final RootCommand root;
    private final CommandLine commands;

    public CommandTree(Invocation invocation) {
        this.invocation = invocation;
        this.root = new RootCommand(invocation);
        this.commands = commands(root)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, new DurationText())
                .setUsageHelpWidth(110)
                .setOut(new PrintWriter(invocation.streams().out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(invocation.streams().err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler(this::usageError)
                .setExecutionExceptionHandler(this::failure)
                .setExecutionStrategy(this::execute);
    }

    private static CommandLine commands(RootCommand root) {
        CommandLine task = new CommandLine(new TaskCommand(root))
                .addSubcommand(new TaskCreateCommand(root))
                .addSubcommand(new TaskListCommand(root))
                .addSubcommand(new TaskShowCommand(root))
                .addSubcommand(new TaskLaunchCommand(root))
                .addSubcommand(new TaskPauseCommand(root))
                .addSubcommand(new TaskResumeCommand(root))
                .addSubcommand(new TaskCancelCommand(root))
                .addSubcommand(new TaskRetryCommand(root))
                .addSubcommand(new TaskResolveCommand(root));
        CommandLine step = new CommandLine(new StepCommand(root))
                .addSubcommand(new StepWhyCommand(root))
                .addSubcommand(new StepRetryCommand(root))
                .addSubcommand(new StepResolveCommand(root))
                .addSubcommand(new StepCompleteCommand(root))
                .addSubcommand(new StepSkipCommand(root))
                .addSubcommand(new StepCancelCommand(root));
        CommandLine template = new CommandLine(new TemplateCommand(root))
                .addSubcommand(new TemplateRegisterCommand(root))
                .addSubcommand(new TemplateValidateCommand(root))
                .addSubcommand(new TemplateListCommand(root))
                .addSubcommand(new TemplateShowCommand(root))
                .addSubcommand(new TemplateGraphCommand(root));
        CommandLine handler = new CommandLine(new HandlerCommand(root))
                .addSubcommand(new HandlerListCommand(root))
                .addSubcommand(new HandlerTestCommand(root));
        CommandLine config = new CommandLine(new ConfigCommand(root))
                .addSubcommand(new ConfigShowCommand(root))
                .addSubcommand(new ConfigValidateCommand(root));
        CommandLine events = new CommandLine(new EventsCommand(root))
                .addSubcommand(new EventsListCommand(root))
                .addSubcommand(new EventsShowCommand(root));
        return new CommandLine(root)
                .addSubcommand(new DemoCommand(root))
                .addSubcommand(new RunCommand(root))
                .addSubcommand(new WorkerCommand(root))
                .addSubcommand(task)
                .addSubcommand(step)
                .addSubcommand(template)
                .addSubcommand(handler)
                .addSubcommand(events)
                .addSubcommand(config)
                .addSubcommand(new MigrateCommand(root))
                .addSubcommand(new ArchiveCommand(root))
                .addSubcommand(new DoctorCommand(root))
                .addSubcommand(new BenchmarkCommand(root))
                .addSubcommand(new RuntimeCommand(root))
                .addSubcommand(new CommandLine(new WithDatabaseCommand(root)).setStopAtPositional(true))
                .addSubcommand(new TrainCommand(root));
    }

    /// Runs the command that the arguments name.
    ///
    /// @return its exit code
    public int execute(String... arguments) {
        return commands.execute(arguments);
    }

    private int execute(ParseResult parsed) {
        if (root.isVerbose()) {
            StderrLogging.beVerbose();
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private int failure(Exception problem, CommandLine command, ParseResult parsed) {
        return new ErrorReport(invocation.streams(), root.format(), root.isVerbose())
                .print(problem)
                .number();
    }

    /// The options may not have been read when the error was found, so the format is looked up in the
    /// arguments.
    private int usageError(ParameterException problem, String[] arguments) {
        String command = problem.getCommandLine().getCommandSpec().qualifiedName();
        OutputFormat format = isJsonAsked(List.of(arguments)) ? OutputFormat.JSON : OutputFormat.TEXT;
        return new ErrorReport(invocation.streams(), format, false)
                .print(
                        ErrorCode.OPTION_INVALID,
                        problem.getMessage() + "\n  `" + command + " --help` shows what it takes.",
                        Map.of("command", command))
                .number();
    }

    private static boolean isJsonAsked(List<String> arguments) {
        String all = String.join(" ", arguments);
        return all.matches("(?is).*(^|\\s)(-o[= ]?|--output[= ])json(\\s.*|$)");
    }
}
