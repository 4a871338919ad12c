package dev.tasker.server.command;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.event.EventDefinition;
import dev.tasker.server.output.EventDocument;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tasker events show`
@Command(
        name = "show",
        description = "Shows an event: when it is published, by whom, and what its payload has.",
        footer = {"", "Example:", "  tasker events show task.completed -o json"})
final class EventsShowCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "NAME", description = "The event's name, such as step.failed.")
    private String name = "";

    EventsShowCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        EventDefinition event = root.eventCatalog()
                .info(name)
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.EVENT_NOT_FOUND,
                        "there is no event `" + name + "`; `tasker events list` shows what there is",
                        Map.of("event", name)));
        return root.isJson() ? root.printJson(event.toJson()) : root.printText(EventDocument.text(event));
    }
}
