package dev.tasker.embedded;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariDataSource;
import dev.tasker.event.EventFilter;
import dev.tasker.event.LifecycleEvent;
import dev.tasker.execution.HandlerHost;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.polyglot.conformance.ConformanceCase;
import dev.tasker.polyglot.conformance.ConformanceHandler;
import dev.tasker.runtime.Tasker;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/// Handlers in the JVM of the engine: Java, or a language of GraalVM.
final class HostedWay implements WayToRun {
    private static final Set<String> IDS = Set.of("task_id", "workflow_step_id", "step", "attempt");
    private static final Map<HandlerRuntime, String> SUFFIXES =
            Map.of(HandlerRuntime.RUBY, "rb", HandlerRuntime.PYTHON, "py", HandlerRuntime.JAVASCRIPT, "mjs");

    private final HandlerRuntime runtime;
    private final Database database = new Database();
    private final HikariDataSource source = Pools.of(database);
    private final Tasker tasker;
    private final Queue<Map<String, Object>> events = new ConcurrentLinkedQueue<>();
    private final Lines lines = new Lines();

    private HostedWay(HandlerRuntime runtime) {
        this.runtime = runtime;
        List<HandlerHost> guests = runtime == HandlerRuntime.JAVA
                ? List.of()
                : List.of(PolyglotHost.open(runtime, PolyglotConfig.defaults()));
        TaskerConfig config = TaskerConfig.defaults()
                .withLease(Duration.ofSeconds(3))
                .withPollInterval(Duration.ofMillis(50))
                .withShutdownTimeout(Duration.ofSeconds(1));
        this.tasker = Tasker.open(source, config, guests);
    }

    static HostedWay open(HandlerRuntime runtime) {
        HostedWay way = new HostedWay(runtime);
        way.tasker
                .events()
                .subscribe(EventFilter.of(ToldEvents.NAMES), (LifecycleEvent event) -> way.events.add(asJson(event)));
        way.listen();
        way.tasker.start();
        return way;
    }

    private void listen() {
        lines.start();
        Logger log = handlerLog();
        log.setLevel(Level.DEBUG);
        log.setAdditive(false);
        log.addAppender(lines);
    }

    @Override
    public String title() {
        return runtime.key() + " hosted";
    }

    @Override
    public HandlerRuntime runtime() {
        return runtime;
    }

    @Override
    public Database database() {
        return database;
    }

    @Override
    public Map<String, Object> handler(String name) {
        if (runtime == HandlerRuntime.JAVA) {
            return Map.of("handler_class", ConformanceHandler.classOf(name));
        }
        Path file = ConformanceCase.FOLDER.resolve("handlers/conformance." + SUFFIXES.get(runtime));
        return Map.of("handler_class", name, "handler_file", file.toString());
    }

    @Override
    public boolean interrupts() {
        return true;
    }

    @Override
    public void register(Path file) {
        lines.forget();
        Template template = new TemplateParser().parse(file);
        tasker.loadHandlers(template, Set.of(runtime));
        tasker.register(template);
    }

    @Override
    public List<String> log(TaskId task) {
        return lines.of(task);
    }

    @Override
    public ToldEvents events() {
        return new ToldEvents(() -> List.copyOf(events));
    }

    /// As JSON text tells it, so that numbers of one value have one type.
    @SuppressWarnings("unchecked") // a payload is an object
    private static Map<String, Object> asJson(LifecycleEvent event) {
        return (Map<String, Object>) Json.read(Json.write(event.payload()));
    }

    @Override
    public void close() {
        handlerLog().detachAppender(lines);
        tasker.close();
        source.close();
        database.close();
    }

    private static Logger handlerLog() {
        return (Logger) LoggerFactory.getLogger("tasker.handler");
    }

    /// What handlers log in this JVM, those of other ways too: they do not run at the same time.
    private static final class Lines extends AppenderBase<ILoggingEvent> {
        private final List<ILoggingEvent> events = new ArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            synchronized (events) {
                events.add(event);
            }
        }

        void forget() {
            synchronized (events) {
                events.clear();
            }
        }

        List<String> of(TaskId task) {
            synchronized (events) {
                return events.stream()
                        .filter(event -> task.equals(fields(event).get("task_id")))
                        .map(Lines::text)
                        .toList();
            }
        }

        private static String text(ILoggingEvent event) {
            StringBuilder text = new StringBuilder(event.getLevel().toString()).append(' ');
            fields(event).forEach((key, value) -> {
                if (!IDS.contains(key)) {
                    text.append(key).append('=').append(value).append(' ');
                }
            });
            return text.append(event.getFormattedMessage()).toString();
        }

        private static Map<String, Object> fields(ILoggingEvent event) {
            Map<String, Object> fields = new LinkedHashMap<>();
            if (event.getKeyValuePairs() != null) {
                event.getKeyValuePairs().forEach(pair -> fields.put(pair.key, pair.value));
            }
            return fields;
        }
    }
}
