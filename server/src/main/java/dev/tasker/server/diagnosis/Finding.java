package dev.tasker.server.diagnosis;

import java.util.LinkedHashMap;
import java.util.Map;

/// What one check found.
///
/// @param advice what to do; empty where nothing is to be done
public record Finding(Level level, String check, String text, String advice) {
    /// How much it matters: a failure keeps Tasker from working.
    public enum Level {
        OK,
        WARN,
        FAIL
    }

    static Finding ok(String check, String text) {
        return new Finding(Level.OK, check, text, "");
    }

    static Finding warn(String check, String text, String advice) {
        return new Finding(Level.WARN, check, text, advice);
    }

    static Finding fail(String check, String text, String advice) {
        return new Finding(Level.FAIL, check, text, advice);
    }

    /// The finding as a JSON object.
    public Map<String, String> toJson() {
        Map<String, String> json = new LinkedHashMap<>();
        json.put("level", level.name());
        json.put("check", check);
        json.put("text", text);
        json.put("advice", advice);
        return json;
    }

    @Override
    public String toString() {
        return "%-4s  %-16s  %s".formatted(level, check, text)
                + (advice.isEmpty() ? "" : "\n      " + " ".repeat(18) + "-> " + advice);
    }
}
