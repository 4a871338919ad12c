package dev.tasker.polyglot;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.StepAttempt;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.polyglot.context.CodeFileSystem;
import dev.tasker.polyglot.context.GuestEngine;
import dev.tasker.polyglot.context.GuestLanguage;
import dev.tasker.polyglot.context.GuestPool;
import dev.tasker.polyglot.context.PackageFolders;
import dev.tasker.polyglot.handler.AttemptWork;
import dev.tasker.polyglot.handler.HandlerFile;
import dev.tasker.polyglot.handler.HandlerRegistry;
import dev.tasker.polyglot.handler.HandlerSession;
import dev.tasker.polyglot.handler.ListWork;
import dev.tasker.polyglot.handler.LoadWork;
import dev.tasker.polyglot.handler.ReloadTrial;
import dev.tasker.result.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
    private final GuestLanguage language;
    private final List<Path> packages;
    private final CodeFileSystem files;
    private final GuestEngine engine;
    private final GuestPool pool;
    private final HandlerRegistry registry = new HandlerRegistry();
    private final ReentrantLock reloading = new ReentrantLock();
    private volatile @Nullable ReloadTrial running;
    private volatile boolean isClosed;

    private PolyglotHost(GuestLanguage language, PolyglotConfig config) {
        this.runtime = language.runtime();
        this.files = new CodeFileSystem(language);
        this.language = language;
        this.packages = config.packages().getOrDefault(runtime, List.of());
        this.engine = new GuestEngine(
                language,
                new GuestEngine.Settings(
                        config.grants(),
                        config.outputBytesMax(),
                        Optional.ofNullable(config.inspectPorts().get(runtime))),
                files);
        this.pool = new GuestPool(
                language.runtime().key(),
                new GuestPool.Bounds(config.contextsMax(runtime), config.callsMax(), config.idleMax()),
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
        return pool.slots();
    }

    @Override
    public HandlerDeclaration load(HandlerSource source) {
        Path path = path(source);
        Optional<HandlerDeclaration> known = registry.find(source.key(), path);
        if (known.isPresent()) {
            return known.get();
        }
        HandlerFile file = registry.file(path).orElseGet(() -> read(path, source.key()));
        LoadWork work = new LoadWork(source.key(), file);
        pool.submit(work);
        return work.await();
    }

    /// The handlers that a file holds, by name. Starts the language on first use, and runs the file's code.
    ///
    /// @throws dev.tasker.error.HandlerLoadException it cannot be loaded, or one of them declares nonsense
    public List<FoundHandler> list(Path handlerFile) {
        Path path = handlerFile.toAbsolutePath().normalize();
        ListWork work = new ListWork(runtime, read(path, new HandlerKey(runtime, path.getFileName() + "")));
        pool.submit(work);
        return work.await().stream()
                .map(found -> new FoundHandler(found.key(), found.className(), path, found.line(), found.declaration()))
                .toList();
    }

    /// The files of the handlers that are loaded.
    public Set<Path> files() {
        return Set.copyOf(registry.paths().values());
    }

    /// How many contexts there are now.
    public int contexts() {
        return pool.contexts();
    }

    /// Reads all handler files again. Attempts that start after it run the new code in fresh contexts; those that run
    /// finish on the old one. Where a file cannot be loaded any more, everything stays as it is. Blocks.
    ///
    /// @throws dev.tasker.error.HandlerLoadException of the first handler that cannot be loaded
    public void reload() {
        // One after the other: what was read first must not replace what was read later.
        reloading.lock();
        try {
            HandlerRegistry fresh = new HandlerRegistry();
            Map<Path, HandlerFile> files = new HashMap<>();
            ReloadTrial trial = new ReloadTrial(engine, language, fresh);
            registry.paths()
                    .forEach((key, path) -> trial.add(key, files.computeIfAbsent(path, file -> read(file, key))));
            running = trial;
            if (!isClosed) {
                trial.run();
                registry.replaceWith(fresh);
                pool.replaceAll();
            }
        } finally {
            running = null;
            reloading.unlock();
        }
    }

    @Override
    public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
        AttemptWork work = new AttemptWork(attempt, completion);
        pool.submit(work);
        return work;
    }

    @Override
    public void close() {
        isClosed = true;
        ReloadTrial trial = running;
        if (trial != null) {
            trial.giveUp();
        }
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

    private HandlerFile read(Path path, HandlerKey key) {
        List<Path> folders = Stream.concat(PackageFolders.of(language, path).stream(), packages.stream())
                .distinct()
                .toList();
        HandlerFile file = HandlerFile.read(path, folders);
        open(path, folders, key);
        return file;
    }

    private void open(Path path, List<Path> folders, HandlerKey key) {
        try {
            files.open(path);
            for (Path folder : folders) {
                files.openPackages(folder);
            }
        } catch (IOException problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_LOAD_FAILED,
                    "cannot read the folder of " + path + ": " + problem,
                    Map.of("handler", key.toString(), "file", path.toString()),
                    problem);
        }
    }
}
