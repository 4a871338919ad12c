package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.FoundHandler;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.server.output.ErrorReport;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.TextTable;
import dev.tasker.server.trial.HandlerFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tasker handler list`
@Command(
        name = "list",
        description = {
            "Lists the handlers in files and folders of Ruby, Python and JavaScript, with what their classes declare.",
            "Runs the code at the top of the files, as a worker does when it loads them."
        },
        footer = {"", "Example:", "  tasker handler list examples-python/handlers"})
final class HandlerListCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "PATH",
            arity = "1..*",
            description = "Handler files (.rb, .py, .mjs), or folders of them.")
    private List<Path> paths = List.of();

    @Mixin
    private GuestOptions guests = new GuestOptions();

    HandlerListCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Settings settings = root.settings(guests);
        PolyglotConfig config = GuestOptions.config(Configuration.of(settings));
        Map<HandlerRuntime, List<Path>> files = new TreeMap<>();
        paths.stream()
                .flatMap(path -> HandlerFiles.below(path).stream())
                .distinct()
                .forEach(file -> HandlerFiles.runtimeOf(file)
                        .ifPresent(runtime -> files.computeIfAbsent(runtime, _ -> new ArrayList<>())
                                .add(file)));
        ErrorReport errors = new ErrorReport(root.streams(), root.format(), root.isVerbose());
        List<FoundHandler> found = new ArrayList<>();
        boolean allGood = true;
        for (Map.Entry<HandlerRuntime, List<Path>> language : files.entrySet()) {
            try (PolyglotHost host = PolyglotHost.open(language.getKey(), config)) {
                for (Path file : language.getValue()) {
                    allGood &= list(host, file, found, errors);
                }
            }
        }
        print(found);
        return allGood ? ExitCode.OK.number() : ExitCode.BAD_INPUT.number();
    }

    private static boolean list(PolyglotHost host, Path file, List<FoundHandler> found, ErrorReport errors) {
        try {
            found.addAll(host.list(file));
            return true;
        } catch (HandlerLoadException problem) {
            errors.print(problem);
            return false;
        }
    }

    private void print(List<FoundHandler> found) {
        if (root.isJson()) {
            root.printJson(Map.of(
                    "handlers", found.stream().map(HandlerListCommand::json).toList()));
            return;
        }
        TextTable table = new TextTable("HANDLER", "PLACE", "DECLARES");
        found.forEach(handler -> table.row(
                handler.key().toString(),
                place(handler),
                handler.declaration().toJson().isEmpty()
                        ? "-"
                        : String.join(
                                ", ",
                                handler.declaration().toJson().keySet().stream()
                                        .sorted()
                                        .toList())));
        root.printText(found.isEmpty() ? "no handlers\n" : table.toString());
    }

    private static String place(FoundHandler handler) {
        Path here = Path.of("").toAbsolutePath();
        Path file = handler.file().startsWith(here) ? here.relativize(handler.file()) : handler.file();
        return handler.line().isPresent() ? file + ":" + handler.line().getAsInt() : file.toString();
    }

    private static Map<String, @Nullable Object> json(FoundHandler handler) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("handler", handler.key().toString());
        json.put("runtime", handler.key().runtime().key());
        json.put("class", handler.className());
        json.put("file", handler.file().toString());
        json.put("line", handler.line().isPresent() ? handler.line().getAsInt() : null);
        json.put("declares", handler.declaration().toJson());
        return json;
    }
}
