package dev.tasker.execution;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import dev.tasker.error.TaskerException;
import dev.tasker.event.EventCatalog;
import dev.tasker.json.Json;
import dev.tasker.json.JsonShape;
import dev.tasker.json.JsonShape.Defect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The custom events that one attempt has published and that wait for its commit. Safe from any thread.
public final class AttemptEvents implements EventSink {
    private final List<Published> published = new ArrayList<>();
    private boolean taken;

    /// One custom event.
    public record Published(String name, Map<String, @Nullable Object> payload) {}

    @Override
    @SuppressWarnings("unchecked") // the copy of a map with text keys
    public void publish(String name, Map<String, @Nullable Object> payload) {
        EventCatalog.problemOf(name).map(TaskerException::getMessage).ifPresent(reason -> refuse(name, reason));
        Optional<Defect> defect = JsonShape.defectIn(payload, "payload");
        defect.ifPresent(found -> refuse(name, "its payload cannot be sent: " + found));
        int bytes = Json.write(payload).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > PAYLOAD_BYTES_MAX) {
            refuse(name, "its payload has " + bytes + " bytes as JSON, more than " + PAYLOAD_BYTES_MAX);
        }
        add(new Published(
                name, (Map<String, @Nullable Object>) Objects.requireNonNull(JsonShape.immutableCopy(payload))));
    }

    /// What was published so far; what comes later is dropped.
    public synchronized List<Published> take() {
        taken = true;
        List<Published> all = List.copyOf(published);
        published.clear();
        return all;
    }

    private synchronized void add(Published event) {
        if (taken) {
            return;
        }
        if (published.size() >= EVENTS_MAX) {
            refuse(event.name(), "the attempt has published " + EVENTS_MAX + " events already");
        }
        published.add(event);
    }

    private static void refuse(String name, String reason) {
        throw new PermanentError(
                "event `" + name + "` cannot be published: " + reason,
                ErrorCode.EVENT_INVALID.name(),
                Map.of("event", name));
    }
}
