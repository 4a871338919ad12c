package dev.tasker.server.worker;

import dev.tasker.error.HandlerLoadException;
import dev.tasker.polyglot.PolyglotHost;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Loads the code of guest handlers again when it has changed. Steps that run finish on the old code. Not safe for
/// several threads.
final class CodeReload {
    private final Map<PolyglotHost, CodeWatch> hosts = new LinkedHashMap<>();
    private final TemplateWatch templates;
    private final Consumer<String> messages;

    CodeReload(List<PolyglotHost> watched, TemplateWatch templates, Consumer<String> messages) {
        watched.forEach(host -> hosts.put(host, new CodeWatch()));
        this.templates = templates;
        this.messages = messages;
    }

    /// Looks for changes, and loads what has changed. Code that cannot be loaded is told of, and the old one stays.
    void look() {
        hosts.forEach((host, watch) -> {
            Collection<Path> changed = watch.changes(host.files());
            if (!changed.isEmpty()) {
                reload(host, changed);
            }
        });
    }

    private void reload(PolyglotHost host, Collection<Path> changed) {
        String language = host.runtime().key();
        try {
            host.reload();
            templates.loadAgain(host.runtime());
            messages.accept(
                    "reloaded " + language + " handlers: " + changed.iterator().next()
                            + (changed.size() == 1 ? "" : " and " + (changed.size() - 1) + " more files"));
        } catch (HandlerLoadException problem) {
            messages.accept("kept the old " + language + " handlers: " + problem.getMessage());
        }
    }
}
