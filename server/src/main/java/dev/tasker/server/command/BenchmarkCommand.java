package dev.tasker.server.command;

import dev.tasker.config.Configuration;
import dev.tasker.config.Settings;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.ClosedLoop;
import dev.tasker.server.benchmark.ForeignData;
import dev.tasker.server.benchmark.LoopResult;
import dev.tasker.server.benchmark.TaskerSystem;
import dev.tasker.server.benchmark.Workload;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TextTable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker benchmark`
@Command(
        name = "benchmark",
        description = {
            "Measures steps per second and latency on your database, with Java handlers that do nothing.",
            "Its tasks are in the namespace `benchmark`, and stay. A database with anything else is refused.",
            "`benchmarks/run` in the source tree measures Tasker beside other systems."
        },
        footer = {"", "Example:", "  tasker benchmark --workload W1 --tasks 5000 --in-flight 32"})
final class BenchmarkCommand implements Callable<Integer> {
    private static final int TASKS_MAX = 10_000_000;
    private static final int IN_FLIGHT_MAX = 10_000;
    private static final long WARM_UP_TASKS_MAX = 500;

    private final RootCommand root;

    @Option(
            names = "--workload",
            paramLabel = "W1|W2|W3|W4",
            description = "W1: chain of 6, W2: diamond of 4, W3: 1 -> 50 -> 1, W4: W1 with 5 %% of first attempts"
                    + " failing (default: ${DEFAULT-VALUE}).")
    private String workload = Workload.W1.name();

    @Option(
            names = "--tasks",
            paramLabel = "N",
            description =
                    "How many tasks are measured, after as many as warm-up, at most 500 (default: ${DEFAULT-VALUE}).")
    private int tasks = 2_000;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            description = "How many tasks are unfinished at any time (default: ${DEFAULT-VALUE}).")
    private int inFlight = 32;

    @Option(
            names = "--allow-foreign-data",
            description = "Run even if the database holds templates or tasks outside of the namespace `benchmark`.")
    private boolean isForeignDataAllowed;

    BenchmarkCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        Workload chosen = workload();
        check("--tasks", tasks, TASKS_MAX);
        check("--in-flight", inFlight, IN_FLIGHT_MAX);
        Settings settings = root.settings();
        TaskerConfig config = TaskerConfig.of(Configuration.of(settings));
        try (OpenDatabase database = root.database(settings).open();
                Tasker tasker = Tasker.open(database.dataSource(), config, List.of())) {
            if (!isForeignDataAllowed) {
                ForeignData.in(tasker).refuse(database.description());
            }
            LoopResult result = measure(tasker, chosen);
            return root.isJson()
                    ? root.printJson(json(result, chosen, database.description()))
                    : root.printText(text(result, chosen, database.description()));
        }
    }

    // Closes the engine, which is no harm to its opener.
    private LoopResult measure(Tasker tasker, Workload chosen) throws InterruptedException {
        try (TaskerSystem system = TaskerSystem.start(tasker, BenchmarkTemplate.of(chosen), chosen::failsAtFirst)) {
            long warmUpTasks = Math.min(tasks, WARM_UP_TASKS_MAX);
            say("warm-up, " + warmUpTasks + " tasks");
            LoopResult warmUp = ClosedLoop.run(system, ClosedLoop.Limits.ofTasks(inFlight, warmUpTasks), 1);
            say("measuring " + tasks + " tasks");
            return ClosedLoop.run(system, ClosedLoop.Limits.ofTasks(inFlight, tasks), 1 + warmUp.begun());
        }
    }

    private Workload workload() {
        return Arrays.stream(Workload.values())
                .filter(one -> one.isJavaOnly() && one.name().equalsIgnoreCase(workload))
                .findFirst()
                .orElseThrow(() -> OptionProblem.of(
                        "--workload", "there is no workload `" + workload + "`; there are W1, W2, W3, W4"));
    }

    private static void check(String option, int value, int max) {
        if (value < 1 || value > max) {
            throw OptionProblem.of(option, "must be from 1 to " + max + ", not " + value);
        }
    }

    private void say(String progress) {
        root.streams().err().println("tasker: " + progress);
    }

    private Map<String, @Nullable Object> json(LoopResult result, Workload chosen, String database) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("workload", chosen.name());
        json.put("tasks", result.tasks());
        json.put("in_flight", inFlight);
        json.put("seconds", result.elapsed().toMillis() / 1e3);
        json.put("steps_per_second", result.stepsPerSecond(chosen.shape().size()));
        json.put("tasks_per_second", result.tasksPerSecond());
        json.put("p50_ms", result.latency().p50());
        json.put("p99_ms", result.latency().p99());
        json.put("max_ms", result.latency().max());
        json.put("database", database);
        return json;
    }

    private String text(LoopResult result, Workload chosen, String database) {
        String table = new TextTable(
                        "WORKLOAD", "TASKS", "IN FLIGHT", "STEPS/S", "TASKS/S", "P50 MS", "P99 MS", "MAX MS")
                .row(
                        chosen.name(),
                        String.format(Locale.ROOT, "%,d", result.tasks()),
                        String.valueOf(inFlight),
                        number("%,.0f", result.stepsPerSecond(chosen.shape().size())),
                        number("%,.0f", result.tasksPerSecond()),
                        number("%,.2f", result.latency().p50()),
                        number("%,.2f", result.latency().p99()),
                        number("%,.2f", result.latency().max()))
                .toString();
        return chosen.name() + ": " + chosen.title() + ", on " + database + "\n\n" + table;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
