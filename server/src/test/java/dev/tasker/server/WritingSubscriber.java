package dev.tasker.server;

import dev.tasker.event.LifecycleEvent;
import dev.tasker.event.Subscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/// Writes the names of events into a file, so that tests see what a subscriber of a command got.
public final class WritingSubscriber implements Subscriber {
    private final Path file;

    public WritingSubscriber(Map<String, Object> config) {
        this.file = Path.of(String.valueOf(config.get("file")));
    }

    @Override
    public String name() {
        return "writing";
    }

    @Override
    public Set<String> events() {
        return Set.of("task.*");
    }

    @Override
    public void accept(LifecycleEvent event) throws IOException {
        Files.writeString(file, event.name() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
