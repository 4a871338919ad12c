package dev.tasker.polyglot.handler;

import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.GuestLanguage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

/// JavaScript: files are modules that the engine evaluates, and a handler may answer with a promise.
///
/// Promises settle when a call from the host ends; timers are run by calls of their own.
final class JavaScriptProgram extends GuestProgram {
    private static final String MODULE = "application/javascript+module";

    private final Context context;
    private final Value never;

    private JavaScriptProgram(Context context, Value prelude) {
        super(prelude);
        this.context = context;
        this.never = invoke("neverSettled");
    }

    static JavaScriptProgram startIn(Context context) {
        GuestLanguage language = GuestLanguage.JAVASCRIPT;
        String name = CodeFileSystem.LIBRARY + "/prelude.mjs";
        Source source = Source.newBuilder(language.id(), language.prelude(), name)
                .mimeType(MODULE)
                .buildLiteral();
        return new JavaScriptProgram(context, context.eval(source));
    }

    @Override
    Value load(HandlerFile file) {
        Value exports = context.eval(source(file));
        return invoke("register", file.path().toString(), exports);
    }

    private static Source source(HandlerFile file) {
        try {
            return Source.newBuilder(GuestLanguage.JAVASCRIPT.id(), file.path().toFile())
                    .content(file.text())
                    .mimeType(MODULE)
                    .build();
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot read " + file.path(), problem);
        }
    }

    @Override
    Value run(Path file, String handlerClass, HostCalls host, AttemptWork work) {
        AtomicReference<@Nullable Value> answer = new AtomicReference<>();
        ProxyExecutable done = arguments -> {
            answer.compareAndSet(null, arguments[0]);
            return null;
        };
        invoke(
                "run",
                file.toString(),
                handlerClass,
                host.config(),
                host.readText(),
                host.publish(),
                host.task(),
                host.lookup(),
                host.step(),
                host.previousResults(),
                done);
        while (answer.get() == null && awaitTimer(work)) {
            invoke("fireTimer");
        }
        Value settled = answer.get();
        return settled == null ? never : settled;
    }

    /// Waits outside guest code until the next timer is due; false if none is set or the attempt was cancelled.
    private boolean awaitTimer(AttemptWork work) {
        long millis = invoke("nextTimer").asLong();
        try {
            return millis >= 0 && !work.awaitCancel(Duration.ofMillis(millis));
        } catch (InterruptedException cancelled) {
            return false;
        }
    }
}
