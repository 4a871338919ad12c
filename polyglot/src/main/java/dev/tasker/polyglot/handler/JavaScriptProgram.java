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
    private final CodeFileSystem files;
    private final Value never;
    private boolean knowsRequire;

    private JavaScriptProgram(Context context, CodeFileSystem files, Value prelude) {
        super(prelude);
        this.context = context;
        this.files = files;
        this.never = invoke("neverSettled");
    }

    static JavaScriptProgram startIn(Context context, CodeFileSystem files) {
        return new JavaScriptProgram(context, files, context.eval(library("prelude.mjs")));
    }

    private static Source library(String file) {
        GuestLanguage language = GuestLanguage.JAVASCRIPT;
        return Source.newBuilder(language.id(), language.prelude(file), CodeFileSystem.LIBRARY + "/" + file)
                .mimeType(MODULE)
                .buildLiteral();
    }

    @Override
    Value load(HandlerFile file) {
        if (!file.packages().isEmpty() && !knowsRequire) {
            installRequire();
        }
        Value exports = context.eval(source(file));
        return invoke("register", file.path().toString(), exports);
    }

    /// Packages may be CommonJS modules, of which GraalJS knows nothing unless it may do more than import code.
    private void installRequire() {
        knowsRequire = true;
        ProxyExecutable find = arguments -> files.packages()
                .required(Path.of(arguments[0].asString()), arguments[1].asString())
                .map(Path::toString)
                .orElse(null);
        ProxyExecutable compile = arguments -> {
            String path = arguments[0].asString();
            String function = "(function (exports, require, module, __filename, __dirname) {" + read(path) + "\n})";
            return context.eval(Source.newBuilder(GuestLanguage.JAVASCRIPT.id(), function, path)
                    .buildLiteral());
        };
        ProxyExecutable read = arguments -> read(arguments[0].asString());
        context.eval(library("commonjs.mjs")).getMember("install").executeVoid(find, compile, read);
    }

    private String read(String path) {
        try {
            return files.readCode(Path.of(path));
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot read " + path, problem);
        }
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
                host,
                host.task(),
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
