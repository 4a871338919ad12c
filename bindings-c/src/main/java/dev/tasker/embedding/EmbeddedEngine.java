package dev.tasker.embedding;

import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.config.Configuration;
import dev.tasker.config.Configuration.EngineSection;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.reenqueue.JobVerdict;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.store.ConnectionPool;
import dev.tasker.store.DatabaseAddress;
import dev.tasker.store.SchemaCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One engine of the program: its database, its handlers, its work. Safe from any thread.
final class EmbeddedEngine {
    private static final int SLOTS_DEFAULT = 10;
    private static final int SLOTS_MAX = 1_000;
    private static final Duration CALLS_END_MAX = Duration.ofSeconds(5);
    private static final Set<String> KEYS =
            Set.of("database_url", "runtime", "slots", "migrate", "enqueuer", "settings");

    private final HikariDataSource pool;
    private final Tasker tasker;
    private final EmbeddedHost host;
    private final EngineOperations operations;
    /// Threads that answer requests.
    private final Set<Thread> callers = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosing;

    private EmbeddedEngine(
            HikariDataSource pool, Tasker tasker, EmbeddedHost host, Answers answers, Optional<String> environment) {
        this.pool = pool;
        this.tasker = tasker;
        this.host = host;
        this.operations = new EngineOperations(tasker, host, answers, environment, () -> isClosing);
    }

    /// Opens an engine.
    ///
    /// @param config `database_url`, `runtime`, `slots`, `migrate` (true: brings the schema up to date), `enqueuer`
    ///               (the name of the program's queue), `settings` (keys of the configuration, `section.key`)
    static EmbeddedEngine open(Map<String, @Nullable Object> config, NativeQueues queues, long handle) {
        config.keySet().stream()
                .filter(key -> !KEYS.contains(key))
                .findFirst()
                .ifPresent(key -> invalid("the key `" + key + "` is not known; there are " + KEYS));
        Settings settings = settings(config);
        Configuration configuration = Configuration.of(settings);
        EngineSection engine = configuration.engine();
        List<Path> eventFolders = settings.folders(ConfigurationKeys.CUSTOM_EVENTS_DIRECTORIES);
        if (!engine.subscriptionsDirectories().isEmpty()) {
            throw settings.problem(
                    ConfigurationKeys.SUBSCRIPTIONS_DIRECTORIES,
                    "an engine inside a program has no subscribers in Java; subscribe in the program's code");
        }
        HandlerRuntime runtime = HandlerRuntime.named(String.valueOf(config.get("runtime")))
                .filter(named -> named != HandlerRuntime.JAVA)
                .orElseThrow(() -> invalid("`runtime` must be ruby, python or javascript"));
        EmbeddedHost host = new EmbeddedHost(runtime, slots(config.get("slots")), queues, handle);
        DatabaseAddress address = settings.find(ConfigurationKeys.DATABASE_URL)
                .map(DatabaseAddress::parse)
                .orElseThrow(() -> invalid("`database_url` is missing"));
        HikariDataSource pool = ConnectionPool.open(address, configuration.database());
        try {
            if (migrates(config.get("migrate"))) {
                new SchemaMigrator().migrate(pool);
            }
            SchemaCheck.check(pool, address.toString());
            List<OfferedQueue> enqueuers = Optional.ofNullable(config.get("enqueuer"))
                    .map(name -> List.of(new OfferedQueue(queueName(name), queues, handle)))
                    .orElse(List.of());
            Tasker tasker = Tasker.open(pool, TaskerConfig.of(configuration), List.of(host), enqueuers);
            try {
                tasker.creation().identities().useByDefault(engine.identityStrategy());
                eventFolders.forEach(tasker.subscribers()::loadEvents);
            } catch (RuntimeException problem) {
                tasker.close();
                throw problem;
            }
            return new EmbeddedEngine(pool, tasker, host, new Answers(queues, handle), engine.environment());
        } catch (RuntimeException | Error problem) {
            pool.close();
            throw problem;
        }
    }

    EngineOperations operations() {
        return operations;
    }

    EmbeddedHost host() {
        return host;
    }

    /// What a request does with an engine.
    @FunctionalInterface
    interface Doing<T> {
        T perform() throws InterruptedException;
    }

    /// Does something that the engine waits for when it closes.
    ///
    /// @return empty: the engine closes, and what was done has failed or was not begun
    <T> Optional<T> during(Doing<T> doing) throws InterruptedException {
        if (!callers.add(Thread.currentThread())) {
            throw new IllegalStateException("a request within a request");
        }
        try {
            return isClosing ? Optional.empty() : Optional.of(doing.perform());
        } catch (InterruptedException | RuntimeException problem) {
            if (isClosing) {
                return Optional.empty();
            }
            throw problem;
        } finally {
            callers.remove(Thread.currentThread());
        }
    }

    /// Runs a task's steps on the thread that has made the request.
    Map<String, @Nullable Object> handle(long task, long request) throws InterruptedException {
        TaskId id = EngineOperations.taskId(task);
        if (!host.direct(id, request)) {
            return json(new JobVerdict.NothingToDo());
        }
        try {
            return json(tasker.runTask(id));
        } finally {
            host.undirect(id, request);
        }
    }

    /// Closes the engine. What runs can be completed meanwhile.
    ///
    /// @param limit   for what still runs
    /// @param waiting work that the program has not asked for, and will not
    void close(Duration limit, List<?> waiting) {
        isClosing = true;
        try {
            tasker.stopClaiming();
            host.giveBack(waiting);
            tasker.close(limit);
            awaitCallers();
        } finally {
            pool.close();
        }
    }

    /// Those that run a task have ended with its steps; the others see that the engine closes, or are at the
    /// database.
    private void awaitCallers() {
        long deadline = System.nanoTime() + CALLS_END_MAX.toNanos();
        try {
            while (!callers.isEmpty() && System.nanoTime() - deadline < 0) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static Map<String, @Nullable Object> json(JobVerdict verdict) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        switch (verdict) {
            case JobVerdict.Ended ended -> {
                json.put("verdict", "ended");
                json.put("state", ended.state().key());
            }
            case JobVerdict.Again again -> {
                json.put("verdict", "again");
                json.put("delay_ms", again.delay().toMillis());
                json.put("reason", again.reason().key());
            }
            case JobVerdict.NothingToDo _ -> json.put("verdict", "nothing_to_do");
        }
        return json;
    }

    private static Settings settings(Map<String, @Nullable Object> config) {
        SettingsReader reader = SettingsReader.empty().environment(System.getenv());
        if (config.get("settings") instanceof Map<?, ?> settings) {
            settings.forEach((key, value) -> reader.assignment(key + "=" + value));
        } else if (config.get("settings") != null) {
            invalid("`settings` must be an object");
        }
        Object url = config.get("database_url");
        if (url != null) {
            reader.option(ConfigurationKeys.DATABASE_URL, url, "database_url");
        }
        return reader.read();
    }

    private static boolean migrates(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Boolean migrates -> migrates;
            default -> throw invalid("`migrate` must be true or false");
        };
    }

    private static String queueName(Object value) {
        if (value instanceof String name && !name.isBlank()) {
            return name;
        }
        throw invalid("`enqueuer` must be the name of a queue");
    }

    private static int slots(@Nullable Object value) {
        if (value == null) {
            return SLOTS_DEFAULT;
        }
        if (value instanceof Number number
                && number.doubleValue() == number.intValue()
                && number.intValue() >= 1
                && number.intValue() <= SLOTS_MAX) {
            return number.intValue();
        }
        throw invalid("`slots` must be a number from 1 to " + SLOTS_MAX);
    }

    private static InvalidRequestException invalid(String reason) {
        throw new InvalidRequestException(
                ErrorCode.OPTION_INVALID, "the engine's config: " + reason, Map.of("reason", reason));
    }
}
