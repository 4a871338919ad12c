package dev.tasker.server.command;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.PolyglotConfig;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.server.handlers.HandlerFolder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of commands that run handlers.
final class GuestOptions {
    @Option(
            names = "--handlers",
            paramLabel = "DIR",
            description =
                    "Look here for handler files that are not beside the template, and for jars with Java handlers.")
    private @Nullable Path handlers;

    @Option(
            names = "--allow",
            paramLabel = "GRANT",
            split = ",",
            description = "Let Python and JavaScript handlers use files (io), sockets (net) or the environment (env);"
                    + " repeatable (default: none). Ruby handlers are trusted code whatever stands here.")
    private List<String> allowed = List.of();

    @Option(
            names = "--contexts",
            paramLabel = "LANGUAGE=N",
            split = ",",
            description = "Handlers of a language that run at once (default: the cores, at most 4).")
    private Map<String, Integer> contexts = Map.of();

    HandlerFolder folder() {
        return new HandlerFolder(Optional.ofNullable(handlers));
    }

    /// @throws dev.tasker.error.InvalidRequestException OPTION_INVALID: an unknown grant or language, or no
    ///     positive number
    PolyglotConfig config() {
        PolyglotConfig.Builder config = PolyglotConfig.builder().grants(grants());
        contexts.forEach((name, number) -> config.contextsMax(language(name), positive(name, number)));
        return config.build();
    }

    private Set<Grant> grants() {
        Set<Grant> grants = EnumSet.noneOf(Grant.class);
        for (String name : allowed) {
            grants.add(Grant.named(name)
                    .orElseThrow(() -> OptionProblem.of(
                            "--allow", "there is no grant `" + name + "`; there are io, net and env")));
        }
        return grants;
    }

    private static HandlerRuntime language(String name) {
        return HandlerRuntime.named(name)
                .filter(runtime -> runtime != HandlerRuntime.JAVA)
                .orElseThrow(() -> OptionProblem.of(
                        "--contexts", "there is no guest language `" + name + "`; there are javascript, python, ruby"));
    }

    private static int positive(String name, int number) {
        if (number < 1) {
            throw OptionProblem.of("--contexts", "contexts for " + name + " must be 1 or more, not " + number);
        }
        return number;
    }
}
