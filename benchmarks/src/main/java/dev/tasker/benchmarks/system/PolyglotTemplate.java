package dev.tasker.benchmarks.system;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.server.benchmark.BenchmarkTemplate;
import dev.tasker.server.benchmark.NoOp;
import dev.tasker.template.Template;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/// The template of a workload in several languages, with handlers that do the same in each.
final class PolyglotTemplate {
    private static final Map<HandlerRuntime, Source> SOURCES = Map.of(
            HandlerRuntime.JAVASCRIPT,
            new Source("no_op.mjs", """
                    import { StepHandler } from "tasker";

                    export class NoOp extends StepHandler {
                      process(task, sequence, step) {
                        return %s;
                      }
                    }
                    """),
            HandlerRuntime.PYTHON,
            new Source("no_op.py", """
                    from tasker import StepHandler


                    class NoOp(StepHandler):
                        def process(self, task, sequence, step):
                            return %s
                    """),
            HandlerRuntime.RUBY,
            new Source("no_op.rb", """
                    require "tasker"

                    class NoOp < Tasker::StepHandler
                      def process(task, sequence, step)
                        %s
                      end
                    end
                    """));

    private record Source(String file, String text) {}

    private PolyglotTemplate() {}

    /// Writes the handlers into a folder that is removed with this process.
    static Template of(Work work) {
        Path folder = folder();
        return BenchmarkTemplate.of(
                        work.workload().name().toLowerCase(Locale.ROOT),
                        work.shape(),
                        work.runtimes().stream().map(PolyglotTemplate::keys).toList())
                .withSource(folder.resolve("benchmark.yaml"));
    }

    private static Map<String, Object> keys(HandlerRuntime runtime) {
        Source source = SOURCES.get(runtime);
        return source == null
                ? BenchmarkTemplate.javaHandler()
                : Map.of("runtime", runtime.key(), "handler_class", "NoOp", "handler_file", source.file);
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("tasker-benchmark-handlers-");
            folder.toFile().deleteOnExit();
            for (Map.Entry<HandlerRuntime, Source> source : SOURCES.entrySet()) {
                Path file = folder.resolve(source.getValue().file);
                Files.writeString(file, source.getValue().text.formatted(result(source.getKey())));
                file.toFile().deleteOnExit();
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // JSON is a literal of all three but Ruby, which would make symbols of the names.
    private static String result(HandlerRuntime runtime) {
        return runtime == HandlerRuntime.RUBY ? NoOp.RESULT_JSON.replace(":", " => ") : NoOp.RESULT_JSON;
    }
}
