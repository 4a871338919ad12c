package dev.tasker.polyglot.handler;

import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.Grant;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import java.nio.file.Path;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/// The prelude of a language, running in one context: it loads handler files and calls handlers.
///
/// Every answer is a guest array: its kind, then a value in the flat form.
abstract sealed class GuestProgram permits JavaScriptProgram, EvaluatingProgram {
    private final Value prelude;

    GuestProgram(Value prelude) {
        this.prelude = prelude;
    }

    /// @param engine knows what JavaScript may import, and what is granted
    static GuestProgram start(GuestLanguage language, Context context, GuestEngine engine) {
        return switch (language) {
            case JAVASCRIPT -> JavaScriptProgram.startIn(context, engine.files());
            case PYTHON -> EvaluatingProgram.startPython(context, engine.isGranted(Grant.NET));
            case RUBY -> EvaluatingProgram.startRuby(context);
        };
    }

    /// Runs the file's code; answers `ok`, `syntax` or `error`.
    abstract Value load(HandlerFile file);

    /// Looks for the handler; answers `ok` with a status, or `error`.
    Value resolve(Path file, String handlerClass) {
        return invoke("resolve", file.toString(), handlerClass);
    }

    /// Lists the handlers of a loaded file; answers `ok` with maps, or `error`.
    Value list(Path file) {
        return invoke("list", file.toString());
    }

    /// Runs one attempt to its end; answers `ok`, `refused` or `error`.
    abstract Value run(Path file, String handlerClass, HostCalls host, AttemptWork work);

    final Value invoke(String function, @Nullable Object... arguments) {
        // Python's modules have members to call, but none to invoke.
        return prelude.canInvokeMember(function)
                ? prelude.invokeMember(function, arguments)
                : prelude.getMember(function).execute(arguments);
    }

    static Source source(GuestLanguage language, String text, String name) {
        return Source.newBuilder(language.id(), text, CodeFileSystem.LIBRARY + "/" + name)
                .buildLiteral();
    }
}
