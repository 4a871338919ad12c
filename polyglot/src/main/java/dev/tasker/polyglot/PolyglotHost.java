package dev.tasker.polyglot;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import dev.tasker.polyglot.context.GuestPool;
import dev.tasker.polyglot.handler.AttemptWork;
import dev.tasker.polyglot.handler.HandlerFile;
import dev.tasker.polyglot.handler.HandlerRegistry;
import dev.tasker.polyglot.handler.HandlerSession;
import dev.tasker.polyglot.handler.LoadWork;
import dev.tasker.result.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.graalvm.polyglot.Engine;
import org.jspecify.annotations.Nullable;

/// Runs the handlers of one guest language in this JVM.
///
/// Opening is cheap: the language starts with the first `load`, so that several languages start side by side when
/// they are loaded from several threads. Safe from any thread.
public final class PolyglotHost implements HandlerHost {
    private static final String RESOURCE_CACHE = "polyglot.engine.userResourceCache";
    private static final String INTERPRETED = "Interpreted";

    private final HandlerRuntime runtime;
    private final CodeFileSystem files;
    private final GuestEngine engine;
    private final GuestPool pool;
    private final HandlerRegistry registry = new HandlerRegistry();

    private PolyglotHost(GuestLanguage language, PolyglotConfig config) {
        this.runtime = language.runtime();
        this.files = new CodeFileSystem(GuestLanguage.JAVASCRIPT.library("tasker.mjs"));
        this.engine = new GuestEngine(language, config.grants(), files);
        this.pool = new GuestPool(
                language.runtime().key(),
                config.contextsMax(runtime),
                () -> HandlerSession.open(engine, language, registry));
    }

    /// Opens a host without starting its language.
    ///
    /// @throws IllegalArgumentException for [HandlerRuntime#JAVA], which is no guest language
    public static PolyglotHost open(HandlerRuntime runtime, PolyglotConfig config) {
        GuestLanguage language = GuestLanguage.of(runtime);
        config.resourceCache().ifPresent(folder -> {
            if (System.getProperty(RESOURCE_CACHE) == null) {
                System.setProperty(RESOURCE_CACHE, folder.toAbsolutePath().toString());
            }
        });
        return new PolyglotHost(language, config);
    }

    /// GraalVM's name of the compiler in this JVM, `Interpreted` if there is none.
    public static String compilerName() {
        try (Engine engine = Engine.newBuilder(GuestLanguage.JAVASCRIPT.id())
                .option("engine.WarnInterpreterOnly", "false")
                .build()) {
            return engine.getImplementationName();
        }
    }

    /// Whether hot guest code is compiled; decided by the flags of the JVM.
    public static boolean isCompiled() {
        return !compilerName().equals(INTERPRETED);
    }

    /// Starts all three languages side by side and runs one small handler in each; see [WarmUp].
    ///
    /// @throws IllegalStateException if one of them failed
    public static Map<HandlerRuntime, Duration> warmUp(PolyglotConfig config) throws IOException {
        return WarmUp.run(config);
    }

    @Override
    public HandlerRuntime runtime() {
        return runtime;
    }

    @Override
    public int slots() {
        return pool.threadsMax();
    }

    @Override
    public void load(HandlerSource source) {
        Path path = path(source);
        if (registry.contains(source.key(), path)) {
            return;
        }
        HandlerFile file = registry.file(path).orElseGet(() -> HandlerFile.read(path));
        open(path, source.key());
        LoadWork work = new LoadWork(source.key(), file);
        pool.submit(work);
        work.await();
    }

    @Override
    public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
        AttemptWork work = new AttemptWork(attempt, completion);
        pool.submit(work);
        return work;
    }

    @Override
    public void close() {
        pool.close();
        engine.close();
    }

    private static Path path(HandlerSource source) {
        HandlerKey key = source.key();
        @Nullable Path file = source.file();
        if (file == null) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_FILE_MISSING,
                    "handler " + key + " has no handler_file, so there is nothing to load it from",
                    Map.of("handler", key.toString()));
        }
        return file.toAbsolutePath().normalize();
    }

    private void open(Path path, HandlerKey key) {
        try {
            files.open(path);
        } catch (IOException problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_LOAD_FAILED,
                    "cannot read the folder of " + path + ": " + problem,
                    Map.of("handler", key.toString(), "file", path.toString()),
                    problem);
        }
    }
}
