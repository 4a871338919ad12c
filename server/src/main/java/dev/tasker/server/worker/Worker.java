package dev.tasker.server.worker;

import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotHost;
import dev.tasker.runtime.Tasker;
import dev.tasker.server.handlers.HandlerFolder;
import dev.tasker.server.handlers.HandlerLoading;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves all registered templates until it is told to stop.
public final class Worker {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(3);
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(500);

    private final Tasker tasker;
    private final TemplateWatch templates;
    private final Optional<CodeReload> reload;
    private final CountDownLatch stop = new CountDownLatch(1);

    /// @param problems takes messages about handlers that cannot be served
    /// A worker that has loaded nothing yet.
    ///
    /// @param watched  hosts whose code is loaded again when it changes; empty: no code is watched
    /// @param problems takes messages for people
    public Worker(Tasker tasker, HandlerFolder folder, List<PolyglotHost> watched, Consumer<String> problems) {
        this.tasker = tasker;
        this.templates = new TemplateWatch(tasker, new HandlerLoading(tasker, folder), problems);
        this.reload = watched.isEmpty() ? Optional.empty() : Optional.of(new CodeReload(watched, templates, problems));
    }

    /// Loads the handlers, starts to claim steps, and returns only after [#stop].
    ///
    /// @param ready called once, when steps can run
    public void serve(Consumer<Map<HandlerRuntime, Integer>> ready) throws InterruptedException {
        templates.refresh();
        tasker.start();
        ready.accept(handlerCounts());
        long look = (reload.isPresent() ? WATCH_INTERVAL : LOOK_INTERVAL).toMillis();
        reload.ifPresent(CodeReload::look);
        while (!stop.await(look, TimeUnit.MILLISECONDS)) {
            try {
                reload.ifPresent(CodeReload::look);
                templates.refresh();
            } catch (StoreUnavailableException problem) {
                log.atWarn().setCause(problem).log("cannot look for new templates");
            } catch (RuntimeException problem) {
                // A template or a folder that cannot be read must not end the service of the others.
                log.atError().setCause(problem).log("looking for new templates failed");
            }
        }
    }

    /// Makes `serve` return. Safe from any thread.
    public void stop() {
        stop.countDown();
    }

    private Map<HandlerRuntime, Integer> handlerCounts() {
        Map<HandlerRuntime, Integer> counts = new EnumMap<>(HandlerRuntime.class);
        for (HandlerKey key : tasker.handlers()) {
            counts.merge(key.runtime(), 1, Integer::sum);
        }
        return counts;
    }
}
