package dev.tasker.server.command;

import dev.tasker.config.Settings;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.server.database.TrainingDatabase;
import dev.tasker.server.embedding.RuntimeFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tasker runtime`
@Command(
        name = "runtime",
        description = {
            "Makes a folder with all that a program needs to run the engine in its own process: libtasker.so, tasker.h,"
                    + " jars, a small JVM and a start-up cache.",
            "The cache is made on the embedded PostgreSQL, or on the server that --database-url names, in a database of"
                    + " its own that is dropped afterwards."
        },
        footer = {"", "Example:", "  tasker runtime /opt/tasker"})
final class RuntimeCommand implements Callable<Integer> {
    private static final long MEGABYTE = 1_000_000;

    private final RootCommand root;

    @Parameters(paramLabel = "DIR", description = "The folder: absent, empty, or made by this command before.")
    private Path folder = Path.of("");

    @Option(
            names = "--no-jvm",
            description = "Leave the JVM out: programs then need a JDK 25 or newer, in TASKER_JAVA_HOME, JAVA_HOME or"
                    + " the usual folders.")
    private boolean noJvm;

    @Option(names = "--no-cache", description = "Leave the start-up cache out: every start takes longer.")
    private boolean noCache;

    RuntimeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Path home = root.invocation()
                .home()
                .orElseThrow(() -> new InvalidRequestException(
                        ErrorCode.OPTION_INVALID, "this needs the source tree; start it with bin/tasker", Map.of()));
        RuntimeFolder runtime = RuntimeFolder.make(home, folder);
        if (!noJvm) {
            runtime.addJvm();
        }
        if (!noCache) {
            Settings settings = root.settings();
            try (TrainingDatabase database = TrainingDatabase.create(root.databaseOfOption(settings))) {
                runtime.addCache(database.url());
            }
        }
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("folder", runtime.folder().toString());
        document.put("jvm", !noJvm);
        document.put("cache", !noCache);
        document.put("bytes", runtime.bytes());
        return root.isJson()
                ? root.printJson(document)
                : root.printText("%s: %d MB%s%s%n"
                        .formatted(
                                runtime.folder(),
                                runtime.bytes() / MEGABYTE,
                                noJvm ? ", without a JVM" : "",
                                noCache ? ", without a start-up cache" : ""));
    }
}
