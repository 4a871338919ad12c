package dev.tasker.server.command;

import java.io.Console;
import java.util.Locale;

/// Asks before much is changed.
final class Confirmation {
    private Confirmation() {}

    /// Returns where a person has said yes.
    ///
    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: there is nobody to ask, or the
    ///     answer was no
    static void ask(RootCommand root, String what) {
        Console console = root.invocation().ownsTerminal() ? System.console() : null;
        if (console == null || !console.isTerminal()) {
            throw OptionProblem.of("--yes", "needed to " + what + " without a terminal; --dry-run counts them");
        }
        String answer = console.readLine("%s? [y/N] ", what);
        if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw OptionProblem.of("--yes", "not confirmed; nothing was changed");
        }
    }
}
