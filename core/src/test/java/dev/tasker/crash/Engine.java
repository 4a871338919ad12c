package dev.tasker.crash;

import static dev.tasker.runtime.Workflows.handler;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.event.EventFilter;
import dev.tasker.event.EventPublisher.Subscription;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.runtime.Engines;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.runtime.Workflows;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;

/// An engine in the process of the test, with a pool of its own.
final class Engine implements AutoCloseable {
    /// Also for a new connection, which takes its time on a busy machine.
    private static final Duration POOL_WAIT_MAX = Duration.ofSeconds(5);
    private static final Duration POOL_START_MAX = Duration.ofSeconds(60);

    private final HikariDataSource pool;
    private final Tasker tasker;

    private Engine(HikariDataSource pool, TaskerConfig config, Clock clock) {
        this.pool = pool;
        this.tasker = Engines.open(pool, config, clock);
    }

    static Engine open(DataSource source, int connections, Duration lease) {
        return open(source, connections, lease, Clock.systemUTC());
    }

    static Engine open(DataSource source, int connections, Duration lease, Clock clock) {
        return open(pool(source, connections, POOL_WAIT_MAX), lease, clock);
    }

    /// @param wait how long the pool lets the engine wait for a connection
    static HikariDataSource pool(DataSource source, int connections, Duration wait) {
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(source);
        settings.setMaximumPoolSize(connections);
        settings.setMinimumIdle(1);
        settings.setInitializationFailTimeout(POOL_START_MAX.toMillis());
        settings.setConnectionTimeout(wait.toMillis());
        settings.setValidationTimeout(wait.toMillis());
        return new HikariDataSource(settings);
    }

    /// Closes the pool with itself.
    static Engine open(HikariDataSource pool, Duration lease, Clock clock) {
        return new Engine(
                pool,
                TaskerConfig.defaults()
                        .withLease(lease)
                        .withPollInterval(Duration.ofMillis(100))
                        .withShutdownTimeout(Duration.ofSeconds(1)),
                clock);
    }

    Engine serving(String key, Workflows.Body body) {
        tasker.register(key, handler(body));
        return this;
    }

    Engine started() {
        tasker.start();
        return this;
    }

    /// What it publishes of changes of state; for as long as it is open.
    Engine watched(Consumer<LifecycleEvent> observer) {
        Subscription _ = tasker.events().watch(EventFilter.all(), event -> {
            if (event.isTransition() && event.fromState() != null) {
                observer.accept(event);
            }
        });
        return this;
    }

    HikariDataSource pool() {
        return pool;
    }

    @Override
    public void close() {
        tasker.close();
        pool.close();
    }

    /// What engines of this process log. Other tests of the JVM may log there, too.
    static final class Log implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger("dev.tasker.runtime");
        private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

        Log() {
            appender.start();
            logger.addAppender(appender);
        }

        List<String> lines(Level level) {
            return List.copyOf(appender.list).stream()
                    .filter(event -> event.getLevel().equals(level))
                    .map(event -> event.getFormattedMessage()
                            + (event.getKeyValuePairs() == null ? "" : " " + event.getKeyValuePairs())
                            + (event.getThrowableProxy() == null
                                    ? ""
                                    : ": " + event.getThrowableProxy().getMessage()))
                    .toList();
        }

        @Override
        public void close() {
            logger.detachAppender(appender);
        }
    }
}
