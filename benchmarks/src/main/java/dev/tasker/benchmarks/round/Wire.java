package dev.tasker.benchmarks.round;

import java.io.InputStream;
import tools.jackson.databind.json.JsonMapper;

/// Orders and results as JSON, between processes.
final class Wire {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Wire() {}

    static RoundOrder readOrder(InputStream in) {
        return MAPPER.readValue(in, RoundOrder.class);
    }

    static RoundResult readResult(String json) {
        return MAPPER.readValue(json, RoundResult.class);
    }

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }
}
