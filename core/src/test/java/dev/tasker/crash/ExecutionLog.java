package dev.tasker.crash;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.tasker.execution.Step;
import dev.tasker.history.History;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/// A file to which the handlers of all processes append `step attempt worker`, before they do anything else.
///
/// Each line is one write to a file that was opened for appending: lines of several processes do not mix, and a
/// killed process leaves none half written.
record ExecutionLog(Path file) {
    void append(Step step, String worker) throws IOException {
        String line = step.stepId().value() + " " + step.attempts() + " " + worker + "\n";
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        }
    }

    List<Execution> executions() throws IOException {
        if (Files.notExists(file)) {
            return List.of();
        }
        return Files.readAllLines(file).stream()
                .map(line -> line.split(" "))
                .map(words -> new Execution(Long.parseLong(words[0]), Integer.parseInt(words[1]), words[2]))
                .toList();
    }

    /// Attempts that ran more often than they were claimed: what the handlers saw must be in the history.
    List<History.Attempt> withoutClaim(History history) throws IOException {
        Map<History.Attempt, Long> claims = history.claims();
        return executions().stream()
                .collect(
                        groupingBy(execution -> new History.Attempt(execution.step(), execution.attempt()), counting()))
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue() > claims.getOrDefault(entry.getKey(), 0L))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// One line.
    record Execution(long step, int attempt, String worker) {}
}
