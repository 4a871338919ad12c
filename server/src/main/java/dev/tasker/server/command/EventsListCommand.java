package dev.tasker.server.command;

import dev.tasker.event.EventCatalog;
import dev.tasker.event.EventDefinition;
import dev.tasker.server.output.EventDocument;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker events list`
@Command(
        name = "list",
        description = "Lists Tasker's own events, and the custom ones of the configured folders.",
        footer = {"", "Example:", "  tasker events list --search retry"})
final class EventsListCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(
            names = "--search",
            paramLabel = "TEXT",
            description = "Only events with this text in their name or description (default: all).")
    private String search = "";

    EventsListCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        EventCatalog catalog = root.eventCatalog();
        List<EventDefinition> events = catalog.search(search);
        if (root.isJson()) {
            return root.printJson(Map.of(
                    "events", events.stream().map(EventDefinition::toJson).toList()));
        }
        return root.printText(events.isEmpty() ? "no such events\n" : EventDocument.list(events));
    }
}
