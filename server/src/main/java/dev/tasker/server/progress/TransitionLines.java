package dev.tasker.server.progress;

import dev.tasker.server.output.ShortText;
import dev.tasker.task.TaskSnapshot;
import dev.tasker.task.TaskSnapshot.TransitionSnapshot;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One line per transition, in the order of events.
public final class TransitionLines implements ProgressView {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);
    private static final int ERROR_CHARACTERS_MAX = 300;

    private final PrintStream stream;
    private final ZoneId zone;
    private long lastId;

    public TransitionLines(PrintStream stream, ZoneId zone) {
        this.stream = stream;
        this.zone = zone;
    }

    @Override
    public void show(TaskSnapshot task) {
        for (TransitionSnapshot transition : task.transitions()) {
            if (transition.id() > lastId) {
                lastId = transition.id();
                stream.println(line(task, transition, zone));
            }
        }
    }

    /// `12:00:00.123 charge_payment in_progress -> error (attempt 1: TimeoutError: no answer; again in 0.40
    /// s)`
    static String line(TaskSnapshot task, TransitionSnapshot transition, ZoneId zone) {
        String what = transition
                .stepName()
                .orElseGet(() ->
                        "task " + task.summary().id() + " (" + task.summary().name() + ")");
        List<String> facts = facts(transition);
        return TIME.format(transition.at().atZone(zone)) + " " + what + " " + transition.fromState() + " -> "
                + transition.toState() + (facts.isEmpty() ? "" : " (" + String.join("; ", facts) + ")");
    }

    private static List<String> facts(TransitionSnapshot transition) {
        Map<String, @Nullable Object> metadata = transition.metadata();
        List<String> facts = new ArrayList<>();
        Object attempt = metadata.get("attempt");
        Object error = metadata.get("error");
        if (error != null) {
            facts.add((attempt == null ? "" : "attempt " + attempt + ": ")
                    + ShortText.error(error, ERROR_CHARACTERS_MAX));
        } else if (attempt != null && transition.toState().equals("in_progress")) {
            facts.add("attempt " + attempt);
        }
        Object reason = metadata.get("reason");
        if (reason != null) {
            facts.add(reason.toString().replace('_', ' '));
        }
        if (metadata.get("retries_at") instanceof String time) {
            Instant due = OffsetDateTime.parse(time).toInstant();
            facts.add("again in " + ShortText.duration(Duration.between(transition.at(), due)));
        }
        return facts;
    }
}
