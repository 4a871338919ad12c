package dev.tasker.embedded;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Handlers in a process of CRuby, CPython or Node that holds the engine: a program of `embedding-tests/workers`.
final class EmbeddedWay implements WayToRun {
    private static final long ANSWER_SECONDS_MAX = 120;
    private static final long END_SECONDS_MAX = 30;
    /// What the program writes before the payload of an event.
    private static final String EVENT = "event ";
    /// Time, level and logger; the ids of an attempt; its fields and message.
    private static final Pattern LINE = Pattern.compile(
            "\\S+ (DEBUG|INFO|WARN|ERROR) \\S+ - task_id=(\\d+) workflow_step_id=\\d+ step=\\S+ attempt=\\d+ (.*)");

    private final HandlerRuntime runtime;
    private final Database database;
    private final Path errors;
    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;

    private EmbeddedWay(HandlerRuntime runtime, Database database, Path errors, Process process) {
        this.runtime = runtime;
        this.database = database;
        this.errors = errors;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
    }

    /// Starts the program.
    ///
    /// @param folder for its log, and for what Node needs around a program
    static EmbeddedWay open(HandlerRuntime runtime, Path folder) throws Exception {
        ProcessBuilder program = EmbeddedPrograms.of(runtime, folder);
        Database database = new Database();
        Path errors = folder.resolve(runtime.key() + ".log");
        program.environment().put("TASKER_RUNTIME", Installed.RUNTIME.toString());
        program.environment().put("TASKER_JAVA_HOME", System.getProperty("java.home"));
        program.environment().put("TASKER_DATABASE_URL", database.url());
        program.environment().put("EVENTS", String.join(" ", ToldEvents.NAMES));
        EmbeddedWay way = new EmbeddedWay(
                runtime,
                database,
                errors,
                program.redirectError(errors.toFile()).start());
        way.expect("ready");
        return way;
    }

    @Override
    public String title() {
        return runtime.key() + " embedded";
    }

    @Override
    public HandlerRuntime runtime() {
        return runtime;
    }

    @Override
    public Database database() {
        return database;
    }

    @Override
    public Map<String, Object> handler(String name) {
        return Map.of("handler_class", name);
    }

    @Override
    public boolean interrupts() {
        return false;
    }

    @Override
    public void register(Path template) throws Exception {
        requests.write(template + "\n");
        requests.flush();
        expect("registered");
    }

    @Override
    public List<String> log(TaskId task) {
        return lines().map(LINE::matcher)
                .filter(Matcher::matches)
                .filter(line -> line.group(2).equals(task.toString()))
                .map(line -> line.group(1) + " " + line.group(3))
                .toList();
    }

    @Override
    public ToldEvents events() {
        return new ToldEvents(this::told);
    }

    @SuppressWarnings("unchecked") // a payload is an object
    private List<Map<String, Object>> told() {
        return lines().filter(line -> line.startsWith(EVENT))
                .map(line -> (Map<String, Object>) Json.read(line.substring(EVENT.length())))
                .toList();
    }

    /// What the program and its engine have written to standard error; the last line may still be written.
    private Stream<String> lines() {
        try {
            String text = Files.readString(errors);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private void expect(String expected) throws Exception {
        String answer = CompletableFuture.supplyAsync(this::answer).get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
        if (!answer.equals(expected)) {
            throw new IllegalStateException("the " + runtime.key() + " program said `" + answer + "`, not `" + expected
                    + "`; its errors:\n" + Files.readString(errors));
        }
    }

    private String answer() {
        try {
            return String.valueOf(answers.readLine());
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    /// The program ends with its input.
    @Override
    public void close() {
        try {
            requests.close();
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the " + runtime.key() + " program does not end");
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
            database.close();
        }
    }
}
