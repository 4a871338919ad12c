package dev.tasker.server;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.json.Json;
import dev.tasker.server.command.Interrupts;
import dev.tasker.server.command.Invocation;
import dev.tasker.server.output.Streams;
import dev.tasker.store.DatabaseAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs commands in this process, as a user without a terminal would.
final class CliRunner {
    /// The root of the source tree: tests run in the module's folder.
    static final Path HOME = Path.of("..").toAbsolutePath().normalize();

    private final Map<String, String> environment;
    private String input = "";

    private CliRunner(Map<String, String> environment) {
        this.environment = environment;
    }

    static CliRunner on(TestDatabase database) {
        return onUrl(url(database));
    }

    static CliRunner onUrl(String url) {
        return new CliRunner(Map.of(DatabaseAddress.VARIABLE, url));
    }

    static String url(TestDatabase database) {
        String url = database.jdbcUrl();
        return url + (url.contains("?") ? "&" : "?") + "user=" + database.user() + "&password=" + database.password();
    }

    CliRunner withInput(String text) {
        this.input = text;
        return this;
    }

    /// What a command printed.
    record Result(int exitCode, String out, String err) {
        @SuppressWarnings("unchecked")
        Map<String, Object> json() {
            return (Map<String, Object>) Json.read(out);
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> error() {
            Map<String, Object> document = (Map<String, Object>)
                    Json.read(err.lines().reduce((_, last) -> last).orElseThrow());
            return (Map<String, Object>) document.get("error");
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> object(String key) {
            return (Map<String, Object>) json().get(key);
        }

        @SuppressWarnings("unchecked")
        List<Map<String, Object>> list(String key) {
            return (List<Map<String, Object>>) json().get(key);
        }
    }

    Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Invocation invocation = new Invocation(
                new Streams(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        Streams.utf8(out),
                        Streams.utf8(err)),
                environment,
                Optional.of(HOME),
                Interrupts.none(),
                false);
        int exitCode = TaskerCli.run(invocation, arguments);
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
