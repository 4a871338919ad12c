package dev.tasker.embedded;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.conformance.ConformanceCase;
import java.nio.file.Files;
import java.nio.file.Path;

/// How the conformance program of each language is started; a language that is missing skips the test.
final class EmbeddedPrograms {
    private static final Path WORKERS = Installed.HOME.resolve("embedding-tests/workers");

    private EmbeddedPrograms() {}

    static ProcessBuilder of(HandlerRuntime runtime, Path folder) throws Exception {
        return switch (runtime) {
            case RUBY -> ruby();
            case PYTHON -> python();
            case JAVASCRIPT -> node(folder);
            case JAVA -> throw new IllegalArgumentException("Java needs no program around its engine");
        };
    }

    private static ProcessBuilder ruby() throws Exception {
        String ruby = Installed.program("ruby", "ruby ruby-ffi");
        Installed.check("the gem ffi (Debian: ruby-ffi)", ruby, "-rffi", "-e", "0");
        return new ProcessBuilder(
                ruby,
                "-I",
                Installed.HOME.resolve("bindings-ruby/lib").toString(),
                WORKERS.resolve("conformance.rb").toString());
    }

    private static ProcessBuilder python() {
        ProcessBuilder program = new ProcessBuilder(
                Installed.program("python3", "python3"),
                "-B",
                WORKERS.resolve("conformance.py").toString());
        program.environment()
                .put("PYTHONPATH", Installed.HOME.resolve("bindings-python/src").toString());
        return program;
    }

    /// Node finds packages only above the file that imports them: program and handlers are copied beside a link to the
    /// package.
    private static ProcessBuilder node(Path folder) throws Exception {
        Path bindings = Installed.HOME.resolve("bindings-js");
        ProcessBuilder program = new ProcessBuilder(Installed.program("node", "nodejs"), "conformance.mjs");
        NodePackages.install(bindings, "koffi");
        Path place = Files.createDirectories(folder.resolve("node"));
        Files.createDirectories(place.resolve("node_modules"));
        Files.createSymbolicLink(linkOfNode(folder), bindings);
        Files.copy(WORKERS.resolve("conformance.mjs"), place.resolve("conformance.mjs"));
        Files.copy(ConformanceCase.FOLDER.resolve("handlers/conformance.mjs"), place.resolve("handlers.mjs"));
        program.environment()
                .put("CONFORMANCE_HANDLERS", place.resolve("handlers.mjs").toString());
        return program.directory(place.toFile());
    }

    /// To be deleted by whoever deletes the folder: it leads out of it.
    static Path linkOfNode(Path folder) {
        return folder.resolve("node/node_modules/tasker");
    }
}
