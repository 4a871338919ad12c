package dev.tasker.execution.http;

import dev.tasker.error.PermanentError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Task;
import dev.tasker.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Fills `{context.a.b}`, `{results.step.a.b}` and `{task.id}` with values; `{{` and `}}` are plain braces.
///
/// A value that is missing is an error: nothing is made up.
record Placeholders(Task task, Sequence sequence) {
    private static final Pattern PART = Pattern.compile("\\{\\{|\\}\\}|\\{([^{}]*)\\}");
    private static final Pattern SCHEME_AND_HOST = Pattern.compile("[a-zA-Z]+://[^/?#]*");

    /// Fills a URL; values are percent-encoded, and cannot change its host or its folder.
    String inUrl(String url) {
        Matcher start = SCHEME_AND_HOST.matcher(url);
        if (start.lookingAt() && start.group().contains("{")) {
            throw ApiConfig.invalid("url", "must not have placeholders in its host");
        }
        return fill(url, value -> {
            if (value.isEmpty() || value.equals(".") || value.equals("..")) {
                throw ApiConfig.invalid("url", "cannot take the value `" + value + "`");
            }
            return ApiUrl.encode(value);
        });
    }

    /// Fills all texts of a JSON-like value. A text that is one placeholder becomes its value, whatever that is.
    @Nullable
    Object inJson(@Nullable Object template) {
        return switch (template) {
            case String text -> inText(text);
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> filled = new LinkedHashMap<>();
                map.forEach((key, value) -> filled.put(String.valueOf(key), inJson(value)));
                yield filled;
            }
            case List<?> list -> {
                List<@Nullable Object> filled = new ArrayList<>();
                list.forEach(element -> filled.add(inJson(element)));
                yield filled;
            }
            case null, default -> template;
        };
    }

    private @Nullable Object inText(String text) {
        Matcher matcher = PART.matcher(text);
        return matcher.matches() && matcher.group(1) != null
                ? find(matcher.group(1))
                : fill(text, UnaryOperator.identity());
    }

    private String fill(String text, UnaryOperator<String> encode) {
        return PART.matcher(text)
                .replaceAll(part -> Matcher.quoteReplacement(
                        switch (part.group()) {
                            case "{{" -> "{";
                            case "}}" -> "}";
                            default -> encode.apply(scalar(part.group(1)));
                        }));
    }

    private String scalar(String path) {
        Object value = find(path);
        return switch (value) {
            case null -> throw missing(path, "is null");
            case Map<?, ?> _ -> throw missing(path, "is an object, which fits no text");
            case List<?> _ -> throw missing(path, "is a list, which fits no text");
            case String text -> text;
            default -> Json.write(value);
        };
    }

    private @Nullable Object find(String path) {
        List<String> parts = List.of(path.split("\\.", -1));
        return switch (parts.getFirst()) {
            case "context" -> walk(path, task.context(), parts.subList(1, parts.size()));
            case "task" -> walk(path, taskFields(), parts.subList(1, parts.size()));
            case "results" -> {
                if (parts.size() < 2) {
                    throw missing(path, "names no step");
                }
                yield walk(path, sequence.resultsOf(parts.get(1)), parts.subList(2, parts.size()));
            }
            default -> throw missing(path, "starts with none of context, results, task; write {{ for a brace");
        };
    }

    private Map<String, @Nullable Object> taskFields() {
        return Map.of("id", task.taskId().toString(), "name", task.name(), "correlation_id", task.correlationId());
    }

    private static @Nullable Object walk(String path, @Nullable Object root, List<String> names) {
        Object at = root;
        for (String name : names) {
            at = switch (at) {
                case Map<?, ?> map when map.containsKey(name) -> map.get(name);
                case List<?> list
                when name.matches("[0-9]{1,6}") && Integer.parseInt(name) < list.size() ->
                    list.get(Integer.parseInt(name));
                case null, default -> throw missing(path, "has no `" + name + "`");
            };
        }
        return at;
    }

    private static PermanentError missing(String path, String reason) {
        return ApiConfig.invalid("placeholder {" + path + "}", reason);
    }
}
