package dev.tasker.config;

import static dev.tasker.config.ConfigurationKey.optional;
import static dev.tasker.config.ConfigurationKey.withStandard;

import dev.tasker.request.IdentityStrategies;
import dev.tasker.request.TaskRequest;
import dev.tasker.result.Backoff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// All settings. The page `docs/configuration.md` is rendered from this table.
///
/// Whoever adds a key here reads it through [Configuration]; a key that nothing reads has no place here.
public final class ConfigurationKeys {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String CORES = "the cores, at most 4";

    public static final ConfigurationKey<String> DATABASE_URL = optional(
            "database.url",
            ValueType.databaseUrl(),
            "the embedded PostgreSQL",
            "the database, with user and password; special characters in them are written as `%40` and so on");
    public static final ConfigurationKey<Integer> POOL_SIZE = withStandard(
            "database.pool_size",
            ValueType.integer(2, 1_000, "connections"),
            10,
            "connections of one process at most; running steps hold none");
    public static final ConfigurationKey<Duration> CONNECT_TIMEOUT = withStandard(
            "database.connect_timeout",
            ValueType.duration(SECOND, Duration.ofMinutes(5)),
            Duration.ofSeconds(5),
            "how long one attempt to connect may take; part seconds count as whole ones");
    public static final ConfigurationKey<Duration> ANSWER_TIMEOUT = withStandard(
            "database.answer_timeout",
            ValueType.duration(SECOND, HOUR),
            MINUTE,
            "after this time without an answer a connection counts as broken; part seconds count as whole ones");
    public static final ConfigurationKey<Duration> POOL_WAIT_TIMEOUT = withStandard(
            "database.pool_wait_timeout",
            ValueType.duration(Duration.ofMillis(250), Duration.ofMinutes(10)),
            Duration.ofSeconds(10),
            "how long a call may wait for a connection of the pool");

    public static final ConfigurationKey<String> WORKER_NAME = optional(
            "engine.worker_name",
            ValueType.text(200),
            "made of the process id and chance",
            "names the engine in leases and in the audit trail; each engine that is open needs a name of its own");
    public static final ConfigurationKey<Duration> LEASE = withStandard(
            "engine.lease",
            ValueType.duration(Duration.ofMillis(100), HOUR),
            Duration.ofSeconds(15),
            "after this time without a sign of life others take a worker's steps over");
    public static final ConfigurationKey<Duration> POLL_INTERVAL = withStandard(
            "engine.poll_interval",
            ValueType.duration(Duration.ofMillis(1), MINUTE),
            SECOND,
            "how often to look for work that other processes made ready; `run` and `demo`: 200ms");
    public static final ConfigurationKey<Duration> SHUTDOWN_TIMEOUT = withStandard(
            "engine.shutdown_timeout",
            ValueType.duration(Duration.ZERO, HOUR),
            Duration.ofSeconds(10),
            "how long running steps may go on when the engine is told to stop; `run` and `demo`: 1s");
    public static final ConfigurationKey<List<Path>> TEMPLATE_DIRECTORIES = withStandard(
            "engine.template_directories",
            ValueType.path().list(),
            List.of(),
            "`worker` registers the `.yaml` and `.yml` files of these folders when it starts");
    public static final ConfigurationKey<String> ENVIRONMENT = optional(
            "engine.environment",
            ValueType.text(100),
            "none",
            "template files are read with what they say of this environment, such as `production`");
    public static final ConfigurationKey<String> IDENTITY_STRATEGY = withStandard(
            "engine.identity_strategy",
            ValueType.choice(IdentityStrategies.builtIn().toArray(String[]::new)),
            "default",
            "how new tasks are told apart where neither request nor template says");
    public static final ConfigurationKey<List<Path>> CUSTOM_EVENTS_DIRECTORIES = withStandard(
            "engine.custom_events_directories",
            ValueType.path().list(),
            List.of(),
            "`run`, `worker` and engines inside programs declare the custom events of the YAML files of these folders");
    public static final ConfigurationKey<List<Path>> SUBSCRIPTIONS_DIRECTORIES = withStandard(
            "engine.subscriptions_directories",
            ValueType.path().list(),
            List.of(),
            "`run` and `worker` add the Java subscribers of the YAML files of these folders");

    public static final ConfigurationKey<Integer> JAVA_SLOTS = withStandard(
            "execution.java_slots", ValueType.integer(1, 10_000, "steps"), 64, "Java handlers that run at once");
    public static final ConfigurationKey<Integer> JAVASCRIPT_SLOTS = slots("javascript", "JavaScript");
    public static final ConfigurationKey<Integer> PYTHON_SLOTS = slots("python", "Python");
    public static final ConfigurationKey<Integer> RUBY_SLOTS = slots("ruby", "Ruby");
    public static final ConfigurationKey<Integer> RESULT_BYTES_MAX = withStandard(
            "execution.result_bytes_max",
            ValueType.integer(1_024, 64 * MEBIBYTE, "bytes"),
            4 * MEBIBYTE,
            "what a step may store, as JSON in UTF-8");
    public static final ConfigurationKey<Integer> CONTEXT_BYTES_MAX = withStandard(
            "execution.context_bytes_max",
            ValueType.integer(2, TaskRequest.CONTEXT_BYTES_MAX, "bytes"),
            TaskRequest.CONTEXT_BYTES_MAX,
            "what the context of a new task may have, as JSON in UTF-8");

    public static final ConfigurationKey<String> CONCURRENCY = withStandard(
            "execution.concurrency",
            ValueType.choice("fixed", "dynamic"),
            "fixed",
            "what limits the steps that run at once: the slots alone, or also load and connection pool");
    public static final ConfigurationKey<Integer> MIN_CONCURRENT_STEPS = withStandard(
            "execution.min_concurrent_steps",
            ValueType.integer(1, 10_000, "steps"),
            3,
            "the dynamic limit is never lower");
    public static final ConfigurationKey<Integer> MAX_CONCURRENT_STEPS_LIMIT = withStandard(
            "execution.max_concurrent_steps_limit",
            ValueType.integer(1, 10_000, "steps"),
            12,
            "the dynamic limit is never higher; not below `execution.min_concurrent_steps`");
    public static final ConfigurationKey<Duration> CONCURRENCY_CACHE_DURATION = withStandard(
            "execution.concurrency_cache_duration",
            ValueType.duration(Duration.ofMillis(100), HOUR),
            Duration.ofSeconds(30),
            "how long one dynamic limit holds; finding it costs a query");
    public static final ConfigurationKey<Double> PRESSURE_FACTOR_LOW = pressureFactor("low", 0.8, "below 50 %");
    public static final ConfigurationKey<Double> PRESSURE_FACTOR_MODERATE =
            pressureFactor("moderate", 0.6, "50 to 70 %");
    public static final ConfigurationKey<Double> PRESSURE_FACTOR_HIGH = pressureFactor("high", 0.4, "70 to 85 %");
    public static final ConfigurationKey<Integer> BACKLOG_TASKS_MAX = withStandard(
            "execution.backlog_tasks_max",
            ValueType.integer(0, 100_000_000, "tasks"),
            100_000,
            "no task is created while the database has this many unfinished ones; 0: no limit");

    public static final ConfigurationKey<Duration> REENQUEUE_REPEAT = withStandard(
            "reenqueue.repeat",
            ValueType.duration(Duration.ofMillis(100), Duration.ofHours(24)),
            MINUTE,
            "a task that was handed to its queue and stands still so long is handed over again");

    public static final ConfigurationKey<Path> HANDLER_DIRECTORY = optional(
            "handlers.directory",
            ValueType.path(),
            "beside the template",
            "look here for handler files that are not beside the template, and for jars with Java handlers");
    public static final ConfigurationKey<List<String>> GRANTS = withStandard(
            "handlers.grants",
            ValueType.choice("io", "net", "env").list(),
            List.of(),
            "lets Python and JavaScript handlers use files, sockets, the environment; Ruby handlers are trusted code"
                    + " whatever stands here");

    public static final ConfigurationKey<List<Path>> JAVASCRIPT_PACKAGES =
            packages("javascript", "JavaScript", "`node_modules` folders");
    public static final ConfigurationKey<List<Path>> PYTHON_PACKAGES =
            packages("python", "Python", "folders of modules, such as a `site-packages`");
    public static final ConfigurationKey<List<Path>> RUBY_PACKAGES = packages("ruby", "Ruby", "`lib` folders of gems");
    public static final ConfigurationKey<Integer> CONTEXT_CALLS_MAX = withStandard(
            "handlers.context_calls_max",
            ValueType.integer(1, Integer.MAX_VALUE, "calls"),
            1_000_000,
            "after so many calls a context of a guest language is replaced by a new one");
    public static final ConfigurationKey<Integer> OUTPUT_BYTES_MAX = withStandard(
            "handlers.output_bytes_max",
            ValueType.integer(0, 64 * MEBIBYTE, "bytes"),
            MEBIBYTE,
            "what one attempt of a guest language may print; the rest is dropped");

    public static final ConfigurationKey<String> BACKOFF_STRATEGY = withStandard(
            "backoff.strategy",
            ValueType.choice(Arrays.stream(Backoff.Strategy.values())
                    .map(strategy -> strategy.name().toLowerCase(Locale.ROOT))
                    .toArray(String[]::new)),
            Backoff.DEFAULT.strategy().name().toLowerCase(Locale.ROOT),
            "the curve of the delays of a step whose template does not say");
    public static final ConfigurationKey<Duration> BACKOFF_BASE = withStandard(
            "backoff.base",
            ValueType.duration(Duration.ZERO, HOUR),
            Backoff.DEFAULT.base(),
            "the delay after the first failure, before jitter");
    public static final ConfigurationKey<Double> BACKOFF_MULTIPLIER = withStandard(
            "backoff.multiplier",
            ValueType.decimal(1, 100),
            Backoff.DEFAULT.multiplier(),
            "how much longer each delay is than the one before (exponential)");
    public static final ConfigurationKey<Duration> BACKOFF_CAP = withStandard(
            "backoff.cap",
            ValueType.duration(Duration.ZERO, Duration.ofHours(24)),
            Backoff.DEFAULT.cap(),
            "no delay is longer, jitter included");
    public static final ConfigurationKey<Double> BACKOFF_JITTER = withStandard(
            "backoff.jitter",
            ValueType.decimal(0, 1),
            Backoff.DEFAULT.jitter(),
            "each delay is longer by a random part of up to this fraction");
    public static final ConfigurationKey<Duration> RETRY_AFTER_MAX = withStandard(
            "backoff.retry_after_max",
            ValueType.duration(SECOND, HOUR),
            Backoff.RETRY_AFTER_MAX,
            "the longest delay that a handler can ask for with `retry_after`; longer ones are cut to it");

    /// In the order of the documentation; keys of one section stand together.
    public static final List<ConfigurationKey<?>> ALL = List.of(
            DATABASE_URL,
            POOL_SIZE,
            CONNECT_TIMEOUT,
            ANSWER_TIMEOUT,
            POOL_WAIT_TIMEOUT,
            WORKER_NAME,
            LEASE,
            POLL_INTERVAL,
            SHUTDOWN_TIMEOUT,
            TEMPLATE_DIRECTORIES,
            ENVIRONMENT,
            IDENTITY_STRATEGY,
            CUSTOM_EVENTS_DIRECTORIES,
            SUBSCRIPTIONS_DIRECTORIES,
            JAVA_SLOTS,
            JAVASCRIPT_SLOTS,
            PYTHON_SLOTS,
            RUBY_SLOTS,
            RESULT_BYTES_MAX,
            CONTEXT_BYTES_MAX,
            CONCURRENCY,
            MIN_CONCURRENT_STEPS,
            MAX_CONCURRENT_STEPS_LIMIT,
            CONCURRENCY_CACHE_DURATION,
            PRESSURE_FACTOR_LOW,
            PRESSURE_FACTOR_MODERATE,
            PRESSURE_FACTOR_HIGH,
            BACKLOG_TASKS_MAX,
            REENQUEUE_REPEAT,
            HANDLER_DIRECTORY,
            GRANTS,
            JAVASCRIPT_PACKAGES,
            PYTHON_PACKAGES,
            RUBY_PACKAGES,
            CONTEXT_CALLS_MAX,
            OUTPUT_BYTES_MAX,
            BACKOFF_STRATEGY,
            BACKOFF_BASE,
            BACKOFF_MULTIPLIER,
            BACKOFF_CAP,
            BACKOFF_JITTER,
            RETRY_AFTER_MAX);

    private ConfigurationKeys() {}

    /// Finds a key by its path, `section.key`.
    public static Optional<ConfigurationKey<?>> find(String path) {
        return ALL.stream().filter(key -> key.path().equals(path)).findFirst();
    }

    static boolean isSection(String name) {
        return ALL.stream().anyMatch(key -> key.section().equals(name));
    }

    private static ConfigurationKey<Double> pressureFactor(String level, double standard, String used) {
        return withStandard(
                "execution.connection_pressure_factor_" + level,
                ValueType.decimal(0, 1),
                standard,
                "share of the free connections that the dynamic limit uses while " + used + " of the pool is in use");
    }

    private static ConfigurationKey<List<Path>> packages(String language, String name, String what) {
        return withStandard(
                "handlers." + language + "_packages",
                ValueType.path().list(),
                List.of(),
                what + " from which " + name + " handlers may import, beside those that lie beside or above them");
    }

    private static ConfigurationKey<Integer> slots(String language, String name) {
        return optional(
                "execution." + language + "_slots",
                ValueType.integer(1, 256, "steps"),
                CORES,
                name + " handlers that run at once, each in a context of its own");
    }
}
