package dev.tasker.server.output;

import dev.tasker.event.EventDefinition;
import dev.tasker.json.Json;
import java.util.List;

/// Events of the catalogue as text.
public final class EventDocument {
    private static final int DESCRIPTION_CHARACTERS_MAX = 80;

    private EventDocument() {}

    /// A list for people.
    public static String list(List<EventDefinition> events) {
        TextTable table = new TextTable("EVENT", "CATEGORY", "DESCRIPTION");
        events.forEach(event -> table.row(
                event.name(),
                event.category().key(),
                ShortText.cut(reserved(event) + event.description(), DESCRIPTION_CHARACTERS_MAX)));
        return table.toString();
    }

    /// An event for people.
    public static String text(EventDefinition event) {
        StringBuilder text =
                new StringBuilder(event.name() + "  " + event.category().key() + "\n");
        text.append(reserved(event)).append(event.description()).append('\n');
        if (!event.firedBy().isEmpty()) {
            text.append("published by ").append(event.firedBy()).append('\n');
        }
        if (!event.payload().isEmpty()) {
            TextTable table = new TextTable("FIELD", "TYPE", "PRESENT", "MEANING");
            event.payload()
                    .forEach(field -> table.row(
                            field.name(),
                            field.type().key(),
                            field.always() ? "always" : "sometimes",
                            field.meaning()));
            text.append('\n').append(table);
        }
        return text + "\nExample\n" + Json.writePretty(event.examplePayload()) + "\n";
    }

    private static String reserved(EventDefinition event) {
        return event.isPublished() ? "" : "(reserved) ";
    }
}
