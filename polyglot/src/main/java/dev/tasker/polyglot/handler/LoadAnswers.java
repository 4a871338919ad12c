package dev.tasker.polyglot.handler;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.polyglot.convert.FlatReader;
import dev.tasker.result.StepError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/// Turns what a guest answered to a load into the errors of the contract.
///
/// @param packages folders of packages that the file may import
record LoadAnswers(HandlerKey key, Path file, List<Path> packages) {
    /// Checks that the file's code ran.
    void requireLoaded(Value answer) {
        switch (FlatReader.kind(answer)) {
            case "ok" -> {}
            case "syntax" -> throw syntax(FlatReader.description(answer));
            default -> throw failed(FlatReader.description(answer));
        }
    }

    /// The handlers of a file.
    List<ListWork.Found> found(Value answer) {
        if (!FlatReader.kind(answer).equals("ok")) {
            throw failed(FlatReader.description(answer));
        }
        List<ListWork.Found> handlers = new ArrayList<>();
        if (FlatReader.value(answer) instanceof List<?> entries) {
            entries.forEach(entry -> handlers.add(found((Map<?, ?>) Objects.requireNonNull(entry))));
        }
        return handlers;
    }

    private ListWork.Found found(Map<?, ?> entry) {
        HandlerKey found = new HandlerKey(key.runtime(), String.valueOf(entry.get("key")));
        return new ListWork.Found(
                found,
                String.valueOf(entry.get("class")),
                entry.get("line") instanceof Number line ? OptionalInt.of(line.intValue()) : OptionalInt.empty(),
                new LoadAnswers(found, file, packages).declaration(entry.get("declaration")));
    }

    /// Checks that the file has the handler.
    ///
    /// @return what its class declares
    HandlerDeclaration requireHandler(Value answer) {
        Map<String, @Nullable Object> found = FlatReader.description(answer);
        if (!FlatReader.kind(answer).equals("ok")) {
            throw failed(found);
        }
        List<?> names = found.get("names") instanceof List<?> list ? list : List.of();
        return switch (String.valueOf(found.get("status"))) {
            case "found" -> declaration(found.get("declaration"));
            case "wrong_arity" ->
                throw error(
                        ErrorCode.HANDLER_SIGNATURE_INVALID,
                        "handler " + key + " in " + file + " has " + found.get("what")
                                + "; it must take three arguments: task, sequence, step",
                        Map.of("found", String.valueOf(found.get("what"))));
            case "duplicate" ->
                throw error(
                        ErrorCode.HANDLER_DUPLICATE,
                        "handler " + key + " is claimed more than once in " + file + ": " + joined(names),
                        Map.of("places", names));
            case "not_a_step_handler" ->
                throw error(
                        ErrorCode.HANDLER_NOT_A_STEP_HANDLER,
                        key.handlerClass() + " in " + file + " is no subclass of StepHandler (it is a "
                                + found.get("what") + ")",
                        Map.of("found", names));
            default ->
                throw error(
                        ErrorCode.HANDLER_CLASS_MISSING,
                        "handler " + key + " is not in " + file + "; found there: " + joined(names),
                        Map.of("found", names));
        };
    }

    private HandlerDeclaration declaration(@Nullable Object declared) {
        Map<String, @Nullable Object> keys = new LinkedHashMap<>();
        if (declared instanceof Map<?, ?> map) {
            map.forEach((name, value) -> keys.put(String.valueOf(name), value));
        }
        return HandlerDeclaration.of(key, keys);
    }

    /// An error that the language raised before any guest code could describe it.
    HandlerLoadException failed(PolyglotException problem) {
        SourceSection place = problem.getSourceLocation();
        if (!problem.isSyntaxError() || place == null) {
            String message = String.valueOf(problem.getMessage());
            return error(
                    ErrorCode.HANDLER_LOAD_FAILED,
                    "cannot load " + at(place) + ": " + message + searched(message),
                    Map.of());
        }
        Map<String, @Nullable Object> where = new LinkedHashMap<>();
        where.put("file", fileOf(place));
        where.put("line", (long) place.getStartLine());
        where.put("column", (long) place.getStartColumn());
        where.put("message", String.valueOf(problem.getMessage()));
        return syntax(where);
    }

    /// Where a JavaScript package was looked for that is missing; the other languages tell it themselves.
    private String searched(String message) {
        if (!message.contains("Cannot find module '")) {
            return "";
        }
        return packages.isEmpty()
                ? "; there is no node_modules folder beside " + file + " or above it"
                : "; looked in "
                        + String.join(
                                ", ", packages.stream().map(Path::toString).toList());
    }

    private String at(@Nullable SourceSection place) {
        return place == null ? file.toString() : fileOf(place) + ":" + place.getStartLine();
    }

    private static String fileOf(SourceSection place) {
        String path = place.getSource().getPath();
        return path == null ? place.getSource().getName() : path;
    }

    private HandlerLoadException syntax(Map<String, @Nullable Object> where) {
        StringBuilder place = new StringBuilder(String.valueOf(where.get("file")));
        Map<String, Object> details = new LinkedHashMap<>();
        for (String part : List.of("line", "column")) {
            Object number = where.get(part);
            if (number != null) {
                place.append(':').append(number);
                details.put(part, number);
            }
        }
        details.put("guest_file", String.valueOf(where.get("file")));
        return error(ErrorCode.HANDLER_SYNTAX_ERROR, place + ": " + where.get("message"), details);
    }

    private HandlerLoadException failed(Map<String, @Nullable Object> description) {
        StepError raised = GuestAnswers.error(description);
        String place = raised.backtrace().isEmpty()
                ? file.toString()
                : raised.backtrace().getFirst();
        return error(
                ErrorCode.HANDLER_LOAD_FAILED,
                "cannot load " + file + ": " + raised.errorClass() + ": " + raised.message() + " (" + place + ")",
                Map.of("class", raised.errorClass(), "backtrace", raised.backtrace()));
    }

    private HandlerLoadException error(ErrorCode code, String message, Map<String, ?> more) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("handler", key.toString());
        details.put("file", file.toString());
        details.putAll(more);
        return new HandlerLoadException(code, message, details);
    }

    private static String joined(List<?> names) {
        return names.isEmpty()
                ? "no handler"
                : String.join(", ", names.stream().map(String::valueOf).toList());
    }
}
