package dev.tasker.server.progress;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// How much fits on the terminal behind standard error.
public record TerminalSize(int columns, int rows) {
    private static final TerminalSize USUAL = new TerminalSize(80, 24);
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final long ANSWER_MILLIS_MAX = 500;

    /// Empty where standard error is no terminal.
    public static Optional<TerminalSize> ofStandardError() {
        if (!isTerminal()) {
            return Optional.empty();
        }
        return Optional.of(ask().orElse(USUAL));
    }

    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException _) {
            // No /proc: the JDK can tell about input and output only, which usually go together with error.
            return Optional.ofNullable(System.console())
                    .map(Console::isTerminal)
                    .orElse(false);
        }
    }

    private static Optional<TerminalSize> ask() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(Path.of("/dev/tty").toFile())
                    .start();
            if (!stty.waitFor(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
                stty.destroy();
                return Optional.empty();
            }
            return parse(new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /// Reads `rows columns`.
    private static Optional<TerminalSize> parse(String answer) {
        String[] numbers = answer.strip().split(" ", -1);
        if (numbers.length != 2 || !answer.strip().matches("[1-9][0-9]{0,4} [1-9][0-9]{0,4}")) {
            return Optional.empty();
        }
        return Optional.of(new TerminalSize(Integer.parseInt(numbers[1]), Integer.parseInt(numbers[0])));
    }
}
