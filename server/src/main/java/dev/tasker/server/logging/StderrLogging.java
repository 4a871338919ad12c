package dev.tasker.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logback's configuration, in code: reading XML would cost a tenth of a second at each start.
///
/// Found as a service by Logback. Warnings and errors by default, with their key-value pairs.
public final class StderrLogging extends ContextAwareBase implements Configurator {
    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{0} %msg %kvp{SINGLE}%n%ex{8}";
    private static final String HANDLERS = "tasker.handler";
    private static final List<String> TALKATIVE =
            List.of("com.zaxxer.hikari", "com.networknt", "org.flywaydb", "org.jooq", "org.postgresql");

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget(ConsoleTarget.SystemErr.getName());
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        // Flyway warns of what is as it should be: that the schema exists.
        context.getLogger("org.flywaydb").setLevel(Level.ERROR);
        // jOOQ warns of PostgreSQL 15 to 17, though 15 and 18 are tested.
        context.getLogger("org.jooq").setLevel(Level.ERROR);
        root.addAppender(appender);
        // What handlers say is what their authors want to see.
        context.getLogger(HANDLERS).setLevel(Level.INFO);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /// Logs all that handlers say.
    public static void showHandlers() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(HANDLERS).setLevel(Level.DEBUG);
    }

    /// Logs Tasker's own steps too, and what the libraries find worth telling.
    public static void beVerbose() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.DEBUG);
        TALKATIVE.forEach(name -> context.getLogger(name).setLevel(Level.INFO));
    }
}
