package dev.tasker.crash;

import static dev.tasker.runtime.Workflows.handler;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.runtime.Engines;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.runtime.Workflows;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;

/// An engine in the process of the test, with a pool of its own.
final class Engine implements AutoCloseable {
    private static final Duration POOL_WAIT_MAX = Duration.ofMillis(500);

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
        HikariConfig settings = new HikariConfig();
        settings.setDataSource(source);
        settings.setMaximumPoolSize(connections);
        settings.setMinimumIdle(1);
        settings.setConnectionTimeout(POOL_WAIT_MAX.toMillis());
        settings.setValidationTimeout(POOL_WAIT_MAX.toMillis());
        return new Engine(
                new HikariDataSource(settings),
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
