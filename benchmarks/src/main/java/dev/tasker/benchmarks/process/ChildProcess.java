package dev.tasker.benchmarks.process;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// One Java process that measures. Java, class path and options are the same for every system.
///
/// @param main    answers with [ChildMain]
/// @param options for this process alone
public record ChildProcess(Class<?> main, List<String> options) {
    private static final List<String> OPTIONS = List.of(
            "-Xmx2g",
            "-XX:+UseG1GC",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    static final JsonMapper MAPPER = JsonMapper.builder().build();

    public ChildProcess {
        options = List.copyOf(options);
    }

    /// Starts the process, and waits for its answer.
    ///
    /// @throws IllegalStateException with what the process wrote, if it failed
    public <T> T run(Object order, Class<T> answer) throws InterruptedException {
        try {
            Path log = Files.createTempFile("tasker-benchmark-", ".log");
            try {
                return MAPPER.readValue(answer(order, log), answer);
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer(Object order, Path log) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command()).redirectError(log.toFile()).start();
        // Also when this process is stopped from outside.
        Thread stop = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(MAPPER.writeValueAsBytes(order));
            }
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0 || answer.isEmpty()) {
                throw new IllegalStateException(
                        "a measurement failed with exit code " + code + ":\n" + Files.readString(log));
            }
            Runtime.getRuntime().removeShutdownHook(stop);
            return answer;
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> command() {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(OPTIONS);
        words.addAll(options);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return words;
    }
}
