package dev.tasker.server.output;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import dev.tasker.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells of an error on standard error, and gives its exit code.
///
/// @param format  text: `tasker: <message>`; JSON: `{"error": {code, message, details}}` in one line
/// @param verbose bugs are told with their stack trace, not in a file
public record ErrorReport(Streams streams, OutputFormat format, boolean verbose) {
    public ExitCode print(Throwable problem) {
        return problem instanceof TaskerException known
                ? print(known.code(), message(known), known.details())
                : printBug(problem);
    }

    public ExitCode print(ErrorCode code, String message, Map<String, ?> details) {
        if (format == OutputFormat.JSON) {
            Map<String, @Nullable Object> error = new LinkedHashMap<>();
            error.put("code", code.name());
            error.put("message", message);
            error.put("details", details);
            streams.err().println(Json.write(Map.of("error", error)));
        } else {
            streams.err().println("tasker: " + message);
        }
        streams.err().flush();
        return ExitCode.of(code.kind());
    }

    private static String message(TaskerException problem) {
        String message = problem.getMessage();
        return message == null ? problem.code().name() : message;
    }

    private ExitCode printBug(Throwable problem) {
        String where;
        if (verbose) {
            streams.err().print(stackTrace(problem));
            where = "the stack trace is above";
        } else {
            where = logFile(problem);
        }
        return print(
                ErrorCode.INTERNAL,
                "a bug of Tasker, not of your workflow: " + problem + "\n  " + where
                        + "\n  Please report it with the stack trace and the command line; `tasker doctor` tells the"
                        + " versions.",
                Map.of("exception", problem.getClass().getName()));
    }

    private static String logFile(Throwable problem) {
        try {
            Path file = Files.createTempFile("tasker-error-", ".log");
            Files.writeString(file, stackTrace(problem));
            return "stack trace: " + file;
        } catch (IOException cause) {
            return "no stack trace could be written (" + cause + "); run again with --verbose";
        }
    }

    private static String stackTrace(Throwable problem) {
        StringWriter text = new StringWriter();
        problem.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
