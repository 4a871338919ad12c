package dev.tasker.polyglot.handler;

import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.GuestLanguage;
import dev.tasker.polyglot.convert.HostValues;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;

/// Python and Ruby: the prelude evaluates files itself, and the base library is code that it was given.
final class EvaluatingProgram extends GuestProgram {
    private EvaluatingProgram(Value prelude) {
        super(prelude);
    }

    static EvaluatingProgram startPython(Context context, boolean hasSockets) {
        GuestLanguage language = GuestLanguage.PYTHON;
        context.eval(source(language, language.prelude(), "prelude.py"));
        EvaluatingProgram program = new EvaluatingProgram(context.getBindings(language.id()));
        program.invoke("confine", hasSockets);
        program.install(language, "install", "tasker/__init__.py");
        HostValues values = new HostValues(language, context);
        program.invoke("extend", values.show(Map.of()), values.show(List.of()));
        return program;
    }

    static EvaluatingProgram startRuby(Context context) {
        GuestLanguage language = GuestLanguage.RUBY;
        EvaluatingProgram program =
                new EvaluatingProgram(context.eval(source(language, language.prelude(), "prelude.rb")));
        program.install(language, "install", "tasker.rb");
        program.install(language, "install_version", "tasker/version.rb");
        return program;
    }

    private void install(GuestLanguage language, String function, String file) {
        invoke(function, language.library(file), CodeFileSystem.LIBRARY + "/" + file);
    }

    private void addPaths(List<Path> folders) {
        if (!folders.isEmpty()) {
            Object[] texts = folders.stream().map(Path::toString).toArray();
            invoke("add_paths", ProxyArray.fromArray(texts));
        }
    }

    @Override
    Value load(HandlerFile file) {
        addPaths(file.packages());
        return invoke("load", file.path().toString(), file.text());
    }

    @Override
    Value run(Path file, String handlerClass, HostCalls host, AttemptWork work) {
        return invoke(
                "run",
                file.toString(),
                handlerClass,
                host.config(),
                host,
                host.task(),
                host.step(),
                host.previousResults());
    }
}
