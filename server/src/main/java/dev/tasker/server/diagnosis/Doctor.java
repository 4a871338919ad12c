package dev.tasker.server.diagnosis;

import static java.util.stream.Collectors.joining;

import dev.tasker.error.TaskerException;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.query.SystemHealthCounts;
import dev.tasker.query.UnsoundRow;
import dev.tasker.server.database.DatabaseChoice;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.handlers.SideTask;
import dev.tasker.server.output.ShortText;
import dev.tasker.store.Database;
import dev.tasker.store.FigureStore;
import dev.tasker.store.Queries;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Checks what Tasker needs on this machine. Changes nothing, but that it starts the embedded database.
public final class Doctor {
    private static final int JAVA_MIN = 25;
    private static final long DISK_BYTES_MIN = 2L << 30;
    private static final long MEMORY_BYTES_MIN = 1L << 30;
    private static final int UNSOUND_ROWS_MAX = 5;
    private static final String UNKNOWN = "unknown";

    private final DatabaseChoice database;
    private final Path home;

    /// @param home where Tasker keeps its caches and the embedded database, the user's home folder
    public Doctor(DatabaseChoice database, Path home) {
        this.database = database;
        this.home = home;
    }

    /// All findings. Blocks for some seconds: it starts every language.
    public List<Finding> examine() {
        Map<HandlerRuntime, CompletableFuture<Finding>> languages = new LinkedHashMap<>();
        for (HandlerRuntime runtime : HandlerRuntime.values()) {
            if (runtime != HandlerRuntime.JAVA) {
                languages.put(runtime, SideTask.start("tasker-trial-" + runtime.key(), () -> language(runtime)));
            }
        }
        List<Finding> findings = new ArrayList<>(List.of(java(), compiler(), memory()));
        languages.values().forEach(language -> findings.add(SideTask.await(language)));
        findings.addAll(database());
        findings.addAll(List.of(startUpCache(), disk(), locale()));
        return findings;
    }

    private static Finding java() {
        String text = Runtime.version() + " (" + System.getProperty("java.vendor", UNKNOWN) + ") in "
                + System.getProperty("java.home", UNKNOWN);
        return Runtime.version().feature() >= JAVA_MIN
                ? Finding.ok("Java", text)
                : Finding.fail("Java", text, "install a JDK " + JAVA_MIN + " or newer and set JAVA_HOME to it");
    }

    private static Finding compiler() {
        String profile = System.getProperty("tasker.profile", UNKNOWN);
        String name = PolyglotHost.compilerName();
        boolean isWanted = profile.equals("worker");
        if (!PolyglotHost.isCompiled()) {
            String text = "guest code is interpreted in this command (profile " + profile + ")";
            return isWanted
                    ? Finding.warn("guest compiler", text, "build again: server/target/compiler must hold four jars")
                    : Finding.ok("guest compiler", text + "; `tasker worker` compiles it");
        }
        return Finding.ok("guest compiler", name);
    }

    private static Finding memory() {
        long bytes = Runtime.getRuntime().maxMemory();
        String text =
                megabytes(bytes) + " of heap at most, " + Runtime.getRuntime().availableProcessors() + " processors";
        return bytes >= MEMORY_BYTES_MIN
                ? Finding.ok("memory", text)
                : Finding.warn("memory", text, "three languages at once want 1 GB: TASKER_JAVA_OPTS=-Xmx1g");
    }

    private static Finding language(HandlerRuntime runtime) {
        try {
            return Finding.ok(
                    runtime.key(),
                    "runs; " + ShortText.duration(new GuestTrial(runtime).run()) + " from start to result");
        } catch (RuntimeException | LinkageError problem) {
            return Finding.fail(
                    runtime.key(),
                    "does not run: " + ShortText.cut(problem.toString(), 300),
                    "build again with bin/tasker; --verbose shows more");
        }
    }

    private List<Finding> database() {
        try (OpenDatabase open = database.open();
                Connection connection = open.dataSource().getConnection()) {
            FigureStore figures = new Queries(new Database(open.dataSource())).figures();
            return List.of(
                    Finding.ok(
                            "database",
                            open.description() + ", PostgreSQL "
                                    + connection.getMetaData().getDatabaseProductVersion() + ", schema up to date"),
                    work(figures.healthCounts()),
                    rows(figures.unsoundRows(UNSOUND_ROWS_MAX)));
        } catch (TaskerException problem) {
            return List.of(Finding.fail(
                    "database", String.valueOf(problem.getMessage()).replace("\n  ", " "), ""));
        } catch (SQLException problem) {
            return List.of(Finding.fail("database", problem.toString(), "check that the database runs"));
        }
    }

    private static Finding work(SystemHealthCounts counts) {
        SystemHealthCounts.Tasks tasks = counts.tasks();
        long unfinished = tasks.draft() + tasks.pending() + tasks.inProgress() + tasks.paused();
        return Finding.ok(
                "work",
                tasks.total() + " tasks: " + unfinished + " unfinished, " + tasks.complete() + " complete, "
                        + tasks.error() + " in error; " + counts.archivedTasks() + " archived; "
                        + counts.steps().inProgress() + " steps running, "
                        + counts.connections().active() + " of "
                        + counts.connections().max()
                        + " connections at work");
    }

    private static Finding rows(List<UnsoundRow> unsound) {
        return unsound.isEmpty()
                ? Finding.ok("rows", "those of unfinished tasks keep all rules")
                : Finding.fail(
                        "rows",
                        unsound.stream()
                                .map(row -> row.table() + " " + row.id() + ": it does not hold that " + row.rule())
                                .collect(joining("; ")),
                        "somebody changed them by hand, or Tasker has a bug; cancel the tasks that they belong to, and"
                                + " report it");
    }

    private static Finding startUpCache() {
        boolean isUsed = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .anyMatch(argument -> argument.startsWith("-XX:AOTCache="));
        return isUsed
                ? Finding.ok("start-up cache", "in use")
                : Finding.warn(
                        "start-up cache", "not in use", "`tasker train` makes it; starts are then twice as fast");
    }

    private Finding disk() {
        try {
            long bytes = Files.getFileStore(home).getUsableSpace();
            String text = megabytes(bytes) + " free in " + home;
            return bytes >= DISK_BYTES_MIN
                    ? Finding.ok("disk", text)
                    : Finding.warn("disk", text, "languages, caches and the embedded database want about 2 GB");
        } catch (IOException problem) {
            return Finding.warn("disk", "cannot look at " + home + ": " + problem, "");
        }
    }

    private static Finding locale() {
        String names = System.getProperty("sun.jnu.encoding", UNKNOWN);
        boolean isUtf8 = Charset.isSupported(names) && Charset.forName(names).equals(StandardCharsets.UTF_8);
        return isUtf8
                ? Finding.ok("locale", "UTF-8")
                : Finding.warn("locale", "arguments and file names are " + names, "export LC_ALL=C.UTF-8");
    }

    private static String megabytes(long bytes) {
        return (bytes >> 20) + " MB";
    }
}
