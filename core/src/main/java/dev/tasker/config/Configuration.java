package dev.tasker.config;

import dev.tasker.result.Backoff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// All settings as values, each within its range.
public record Configuration(
        DatabaseSection database,
        EngineSection engine,
        ExecutionSection execution,
        PacingSection pacing,
        HandlersSection handlers,
        BackoffSection backoff) {

    /// Where the database is, and the pool of connections to it.
    ///
    /// @param url empty: the embedded PostgreSQL
    public record DatabaseSection(
            Optional<String> url,
            int poolSize,
            Duration connectTimeout,
            Duration answerTimeout,
            Duration poolWaitTimeout) {
        /// Without the password, which stands in the URL.
        @Override
        public String toString() {
            return "DatabaseSection[" + url.map(Secrets::withoutPassword) + ", poolSize=" + poolSize + "]";
        }
    }

    /// The engine's name, its clockwork and its templates.
    ///
    /// @param workerName empty: one that is made up
    public record EngineSection(
            Optional<String> workerName,
            Duration lease,
            Duration pollInterval,
            Duration shutdownTimeout,
            List<Path> templateDirectories,
            Optional<String> environment,
            String identityStrategy,
            List<Path> customEventsDirectories,
            List<Path> subscriptionsDirectories) {}

    /// How much runs at once, and how large it may be. Guest slots are empty where the number follows from the cores.
    public record ExecutionSection(
            int javaSlots,
            Optional<Integer> javascriptSlots,
            Optional<Integer> pythonSlots,
            Optional<Integer> rubySlots,
            int resultBytesMax,
            int contextBytesMax) {}

    /// How much work is taken on: of the sections `execution` and `reenqueue`.
    ///
    /// @param enqueueRepeat when a task that stands still is handed to its queue again
    public record PacingSection(
            boolean isDynamic,
            StepBounds steps,
            PressureFactors factors,
            Duration cacheDuration,
            int backlogTasksMax,
            Duration enqueueRepeat) {}

    /// Between these is the dynamic limit.
    public record StepBounds(int min, int max) {}

    /// Shares of the free connections by the pressure on the pool.
    public record PressureFactors(double low, double moderate, double high) {}

    /// Where handlers are and what they may reach.
    ///
    /// @param grants          of `io`, `net` and `env`
    /// @param contextCallsMax after so many calls a guest context is replaced
    /// @param outputBytesMax  what one attempt of a guest language may print
    public record HandlersSection(
            Optional<Path> directory,
            List<String> grants,
            List<Path> javascriptPackages,
            List<Path> pythonPackages,
            List<Path> rubyPackages,
            int contextCallsMax,
            int outputBytesMax) {}

    /// How long failed steps wait.
    ///
    /// @param steps what a step's template does not say about its backoff
    public record BackoffSection(Backoff steps, Duration retryAfterMax) {}

    /// The standard values.
    public static Configuration standard() {
        return of(SettingsReader.empty().read());
    }

    /// All settings.
    ///
    /// @throws dev.tasker.error.InvalidConfigurationException two of them do not fit together
    public static Configuration of(Settings settings) {
        return new Configuration(
                new DatabaseSection(
                        settings.find(ConfigurationKeys.DATABASE_URL),
                        settings.get(ConfigurationKeys.POOL_SIZE),
                        settings.get(ConfigurationKeys.CONNECT_TIMEOUT),
                        settings.get(ConfigurationKeys.ANSWER_TIMEOUT),
                        settings.get(ConfigurationKeys.POOL_WAIT_TIMEOUT)),
                new EngineSection(
                        settings.find(ConfigurationKeys.WORKER_NAME),
                        settings.get(ConfigurationKeys.LEASE),
                        settings.get(ConfigurationKeys.POLL_INTERVAL),
                        settings.get(ConfigurationKeys.SHUTDOWN_TIMEOUT),
                        settings.get(ConfigurationKeys.TEMPLATE_DIRECTORIES),
                        settings.find(ConfigurationKeys.ENVIRONMENT),
                        settings.get(ConfigurationKeys.IDENTITY_STRATEGY),
                        settings.get(ConfigurationKeys.CUSTOM_EVENTS_DIRECTORIES),
                        settings.get(ConfigurationKeys.SUBSCRIPTIONS_DIRECTORIES)),
                new ExecutionSection(
                        settings.get(ConfigurationKeys.JAVA_SLOTS),
                        settings.find(ConfigurationKeys.JAVASCRIPT_SLOTS),
                        settings.find(ConfigurationKeys.PYTHON_SLOTS),
                        settings.find(ConfigurationKeys.RUBY_SLOTS),
                        settings.get(ConfigurationKeys.RESULT_BYTES_MAX),
                        settings.get(ConfigurationKeys.CONTEXT_BYTES_MAX)),
                pacing(settings),
                new HandlersSection(
                        settings.find(ConfigurationKeys.HANDLER_DIRECTORY),
                        settings.get(ConfigurationKeys.GRANTS),
                        settings.get(ConfigurationKeys.JAVASCRIPT_PACKAGES),
                        settings.get(ConfigurationKeys.PYTHON_PACKAGES),
                        settings.get(ConfigurationKeys.RUBY_PACKAGES),
                        settings.get(ConfigurationKeys.CONTEXT_CALLS_MAX),
                        settings.get(ConfigurationKeys.OUTPUT_BYTES_MAX)),
                new BackoffSection(backoff(settings), settings.get(ConfigurationKeys.RETRY_AFTER_MAX)));
    }

    private static PacingSection pacing(Settings settings) {
        return new PacingSection(
                settings.get(ConfigurationKeys.CONCURRENCY).equals("dynamic"),
                stepBounds(settings),
                new PressureFactors(
                        settings.get(ConfigurationKeys.PRESSURE_FACTOR_LOW),
                        settings.get(ConfigurationKeys.PRESSURE_FACTOR_MODERATE),
                        settings.get(ConfigurationKeys.PRESSURE_FACTOR_HIGH)),
                settings.get(ConfigurationKeys.CONCURRENCY_CACHE_DURATION),
                settings.get(ConfigurationKeys.BACKLOG_TASKS_MAX),
                settings.get(ConfigurationKeys.REENQUEUE_REPEAT));
    }

    private static StepBounds stepBounds(Settings settings) {
        int min = settings.get(ConfigurationKeys.MIN_CONCURRENT_STEPS);
        int max = settings.get(ConfigurationKeys.MAX_CONCURRENT_STEPS_LIMIT);
        if (min > max) {
            ConfigurationKey<Integer> given = settings.isGiven(ConfigurationKeys.MAX_CONCURRENT_STEPS_LIMIT)
                    ? ConfigurationKeys.MAX_CONCURRENT_STEPS_LIMIT
                    : ConfigurationKeys.MIN_CONCURRENT_STEPS;
            throw settings.problem(
                    given,
                    "execution.min_concurrent_steps is " + min + " and execution.max_concurrent_steps_limit is " + max
                            + "; the first must not be greater");
        }
        return new StepBounds(min, max);
    }

    private static Backoff backoff(Settings settings) {
        return new Backoff(
                Backoff.Strategy.valueOf(
                        settings.get(ConfigurationKeys.BACKOFF_STRATEGY).toUpperCase(Locale.ROOT)),
                settings.get(ConfigurationKeys.BACKOFF_BASE),
                settings.get(ConfigurationKeys.BACKOFF_MULTIPLIER),
                settings.get(ConfigurationKeys.BACKOFF_CAP),
                settings.get(ConfigurationKeys.BACKOFF_JITTER));
    }
}
