package dev.tasker.config;

import java.util.List;
import java.util.Optional;

/// What older engines of this kind could be told and this one cannot, with the reason. Such a key is an error, like
/// any unknown one: nothing would read it.
public final class AbsentKeys {
    /// A key, or a whole section, that does not exist.
    ///
    /// @param path a section, or a key as `section.key`
    public record Absent(String path, String reason) {}

    public static final List<Absent> ALL = List.of(
            absent("auth", "there is no HTTP server yet; the command line relies on the database's own login"),
            absent("health", "there is no HTTP server yet that could answer health checks"),
            absent("telemetry", "nothing is exported yet; `--verbose` shows the log"),
            absent("cache", "nothing is cached between calls: state is read from the database, in one query"),
            absent("dependency_graph", "graphs are not scored yet"),
            absent("reenqueue.has_ready_steps", "a task with ready steps is run at once"),
            absent("reenqueue.waiting_for_dependencies", "a task looks again when its earliest step is due"),
            absent("reenqueue.processing", "a task looks again when its earliest step is due"),
            absent("database.name", "the database's name is part of `database.url`"),
            absent("database.enable_secondary_database", "an engine works on one database; open a second engine"),
            absent(
                    "engine.task_handler_directory",
                    "handler files are named by the template, or below" + " `handlers.directory`"),
            absent("engine.task_config_directory", "it is called `engine.template_directories`"),
            absent("engine.default_module_namespace", "a template names each handler class in full"),
            absent(
                    "engine.identity_strategy_class",
                    "the program that embeds the engine registers its own strategy; see `engine.identity_strategy`"),
            absent(
                    "execution.connection_pressure_factors",
                    "there is one key for each level: `execution.connection_pressure_factor_low` and its siblings"),
            absent(
                    "execution.connection_pressure_factor_critical",
                    "under critical pressure `execution.min_concurrent_steps` run, whatever the factor"),
            absent("execution.batch_timeout_base_seconds", "there are no batches; each step has its `timeout_seconds`"),
            absent(
                    "execution.batch_timeout_per_step_seconds",
                    "there are no batches; each step has its" + " `timeout_seconds`"),
            absent("execution.max_batch_timeout_seconds", "there are no batches; each step has its `timeout_seconds`"),
            absent("execution.health_assessment_cache_duration", "the pool's health is not assessed"),
            absent("execution.connection_health_log_level", "the pool's health is not assessed"),
            absent(
                    "backoff.default_backoff_seconds",
                    "the delays follow a curve: `backoff.strategy`, `backoff.base`" + " and `backoff.multiplier`"),
            absent(
                    "backoff.max_backoff_seconds",
                    "it is called `backoff.cap`, and `backoff.retry_after_max` for what" + " servers ask for"),
            absent("backoff.backoff_multiplier", "it is called `backoff.multiplier`"),
            absent("backoff.jitter_enabled", "`backoff.jitter: 0` switches it off"),
            absent("backoff.jitter_max_percentage", "it is called `backoff.jitter`, a fraction of the delay"),
            absent("backoff.reenqueue_delays", "a task looks again when its earliest step is due"),
            absent("backoff.default_reenqueue_delay", "a task looks again when its earliest step is due"),
            absent("backoff.buffer_seconds", "the database's clock decides what is due, so no margin is needed"));

    private AbsentKeys() {}

    /// Why there is no such key or section; empty where nothing is known about it.
    static Optional<String> reasonFor(String path) {
        return ALL.stream()
                .filter(absent -> path.equals(absent.path()) || path.startsWith(absent.path() + "."))
                .map(Absent::reason)
                .findFirst();
    }

    private static Absent absent(String path, String reason) {
        return new Absent(path, reason);
    }
}
