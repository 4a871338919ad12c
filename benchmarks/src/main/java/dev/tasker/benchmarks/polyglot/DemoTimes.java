package dev.tasker.benchmarks.polyglot;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the JSON of a task tells about time.
final class DemoTimes {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private DemoTimes() {}

    /// When the first step in another language than Java was taken up.
    ///
    /// @param document as `tasker demo -o json` prints it
    static Instant firstGuestHandler(String document) {
        JsonNode task = MAPPER.readTree(document);
        Set<String> guests = new HashSet<>();
        for (JsonNode step : task.get("steps")) {
            if (!step.get("runtime").asString().equals("java")) {
                guests.add(step.get("name").asString());
            }
        }
        Instant first = Instant.MAX;
        for (JsonNode transition : task.get("transitions")) {
            boolean isBegin = transition.get("to_state").asString().equals("in_progress");
            if (isBegin
                    && !transition.get("step").isNull()
                    && guests.contains(transition.get("step").asString())) {
                Instant at = Instant.parse(transition.get("at").asString());
                first = at.isBefore(first) ? at : first;
            }
        }
        if (first.equals(Instant.MAX)) {
            throw new IllegalStateException("no step in another language than Java was begun: " + document);
        }
        return first;
    }
}
