package dev.tasker.server.benchmark;

import java.util.Map;

/// The work of every step: nothing, with a result that has to be stored.
public final class NoOp {
    /// The result as JSON, 35 bytes.
    public static final String RESULT_JSON = "{\"ok\":\"0123456789abcdef0123456789\"}";

    /// The same as a value.
    public static final Map<String, String> RESULT = Map.of("ok", "0123456789abcdef0123456789");

    private NoOp() {}
}
