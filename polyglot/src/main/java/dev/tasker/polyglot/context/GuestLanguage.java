package dev.tasker.polyglot.context;

import dev.tasker.identity.HandlerRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A language that GraalVM runs, with the settings of its contexts.
public enum GuestLanguage {
    JAVASCRIPT("js", "prelude.mjs"),
    PYTHON("python", "prelude.py"),
    RUBY("ruby", "prelude.rb");

    private final String id;
    private final String prelude;

    GuestLanguage(String id, String prelude) {
        this.id = id;
        this.prelude = prelude;
    }

    /// The guest language of a runtime.
    ///
    /// @throws IllegalArgumentException for Java, which needs no guest context
    public static GuestLanguage of(HandlerRuntime runtime) {
        return switch (runtime) {
            case JAVASCRIPT -> JAVASCRIPT;
            case PYTHON -> PYTHON;
            case RUBY -> RUBY;
            case JAVA -> throw new IllegalArgumentException("Java handlers run in no guest context");
        };
    }

    /// GraalVM's name of the language.
    public String id() {
        return id;
    }

    public HandlerRuntime runtime() {
        return HandlerRuntime.valueOf(name());
    }

    Map<String, String> options() {
        return switch (this) {
            case JAVASCRIPT ->
                Map.of(
                        "js.esm-eval-returns-exports", "true",
                        "js.foreign-object-prototype", "true",
                        "js.load", "false",
                        "js.print", "false",
                        "js.graal-builtin", "false");
            case PYTHON -> Map.of("python.ForceImportSite", "false", "python.DontWriteBytecodeFlag", "true");
            // Otherwise `Thread.new` is refused in an embedded context.
            case RUBY -> Map.of("ruby.single-threaded", "false");
        };
    }

    /// The guest code that loads and calls handlers.
    public String prelude() {
        return prelude(prelude);
    }

    /// A part of that code.
    public String prelude(String file) {
        return text("/dev/tasker/polyglot/prelude/" + file);
    }

    /// A file of the base library that handlers import.
    public String library(String file) {
        return text("/dev/tasker/polyglot/guest/" + runtime().key() + "/" + file);
    }

    private static String text(String resource) {
        try (InputStream stream = GuestLanguage.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the jar of the polyglot module lacks " + resource);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot read " + resource, problem);
        }
    }
}
