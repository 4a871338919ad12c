package dev.tasker.crash;

import static dev.tasker.runtime.Workflows.handler;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.config.Configuration;
import dev.tasker.config.SettingsReader;
import dev.tasker.execution.Step;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/// An engine in a process of its own, until a signal ends it. Its settings are system properties.
///
/// Every handler first appends a line to the log of executions. `work` takes a few milliseconds and fails
/// now and then,
/// `gate` waits for a file and minds no interruption, `poison` ends the process.
public final class WorkerMain {
    private static final int CONNECTIONS_MAX = 4;
    private static final int WORK_MILLIS_MAX = 40;
    private static final int FAILURE_PERCENT = 3;
    private static final long GATE_NANOS = 2_000_000;

    private WorkerMain() {}

    public static void main(String[] arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        String name = text("name");
        ExecutionLog log = new ExecutionLog(Path.of(text("log")));
        TaskerConfig config = TaskerConfig.of(Configuration.of(SettingsReader.empty()
                        .assignment("engine.worker_name=" + name)
                        .read()))
                .withLease(Duration.ofMillis(number("lease")))
                .withPollInterval(Duration.ofMillis(200))
                .withShutdownTimeout(Duration.ofMillis(number("shutdown")))
                .withJavaSlots(Math.toIntExact(number("slots")));
        Tasker tasker = Tasker.open(pool(), config, List.of());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            tasker.close();
            System.out.println("stopped");
        }));
        register(tasker, name, log);
        tasker.start();
        System.out.println("ready");
        new CountDownLatch(1).await();
    }

    private static void register(Tasker tasker, String name, ExecutionLog log) {
        Random random = new Random(number("seed"));
        Map<String, Body> bodies = Map.of(
                "work", step -> work(random.nextInt(WORK_MILLIS_MAX), random.nextInt(100)),
                "gate", step -> gate(Path.of(text("log")).resolveSibling("gate")),
                "poison", step -> Runtime.getRuntime().halt(137));
        for (String key : List.of(text("handlers").split(","))) {
            tasker.register(key, handler((task, sequence, step) -> {
                log.append(step, name);
                bodies.get(key).run(step);
                return Map.of("worker", name);
            }));
        }
    }

    private static void work(int millis, int chance) throws InterruptedException {
        Thread.sleep(millis);
        if (chance < FAILURE_PERCENT) {
            throw new IllegalStateException("fails now and then");
        }
    }

    private static void gate(Path file) {
        while (!file.toFile().exists()) {
            LockSupport.parkNanos(GATE_NANOS);
            boolean _ = Thread.interrupted();
        }
    }

    private static HikariDataSource pool() {
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(text("url"));
        settings.setUsername(text("user"));
        settings.setPassword(text("password"));
        settings.setMaximumPoolSize(CONNECTIONS_MAX);
        settings.setMinimumIdle(1);
        return new HikariDataSource(settings);
    }

    private static String text(String key) {
        return System.getProperty("worker." + key);
    }

    private static long number(String key) {
        return Long.getLong("worker." + key);
    }

    /// What a handler does.
    @FunctionalInterface
    private interface Body {
        void run(Step step) throws Exception;
    }
}
