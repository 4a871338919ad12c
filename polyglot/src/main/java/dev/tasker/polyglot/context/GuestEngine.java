package dev.tasker.polyglot.context;

import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.EnvironmentAccess;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.io.IOAccess;
import org.jspecify.annotations.Nullable;

/// The engine of one language, started on first use, and the factory of its contexts.
///
/// One engine per language: the first initialisation of two languages on a shared engine can deadlock. Safe from any
/// thread.
public final class GuestEngine implements AutoCloseable {
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final GuestLanguage language;
    private final Settings settings;
    private final CodeFileSystem files;
    private @Nullable Engine engine;
    private boolean isClosed;

    public GuestEngine(GuestLanguage language, Settings settings, CodeFileSystem files) {
        this.language = language;
        this.settings = settings;
        this.files = files;
    }

    /// How contexts are made.
    ///
    /// @param outputBytesMax what one attempt may print
    /// @param inspectPort    where a debugger may connect; empty: none may
    public record Settings(Set<Grant> grants, int outputBytesMax, Optional<Integer> inspectPort) {}

    /// A new context.
    ///
    /// @param startOutput to be called before each attempt, which may print so much again
    public record Opened(Context context, Runnable startOutput) {}

    public boolean isGranted(Grant grant) {
        return settings.grants().contains(grant);
    }

    /// The code that handlers may import.
    public CodeFileSystem files() {
        return files;
    }

    /// Creates a context; it belongs to the calling thread.
    public Opened newContext() {
        // Standard output belongs to the command that runs the handlers.
        BoundedOutput output = new BoundedOutput(System.err, settings.outputBytesMax());
        Context.Builder builder = Context.newBuilder(language.id())
                .engine(engine())
                .out(output)
                .err(output)
                // Standard input belongs to the command too.
                .in(InputStream.nullInputStream())
                .options(language.options())
                .allowExperimentalOptions(true)
                .allowHostAccess(HostAccess.NONE)
                .allowPolyglotAccess(PolyglotAccess.NONE)
                .allowCreateThread(true)
                .allowEnvironmentAccess(
                        settings.grants().contains(Grant.ENV) ? EnvironmentAccess.INHERIT : EnvironmentAccess.NONE);
        return new Opened(language == GuestLanguage.RUBY ? trusted(builder) : confined(builder), output::startAnew);
    }

    // Ruby's standard library needs native access, with which no denial of files or processes holds.
    private static Context trusted(Context.Builder builder) {
        return builder.allowNativeAccess(true)
                .allowIO(IOAccess.ALL)
                .allowCreateProcess(true)
                .build();
    }

    private Context confined(Context.Builder builder) {
        boolean isIoGranted = settings.grants().contains(Grant.IO);
        IOAccess.Builder access =
                IOAccess.newBuilder().allowHostSocketAccess(settings.grants().contains(Grant.NET));
        if (isIoGranted && language == GuestLanguage.PYTHON) {
            access.allowHostFileAccess(true);
        } else {
            // JavaScript finds the base library in here, whatever is granted.
            access.fileSystem(files.openedFor(isIoGranted).withLanguageFiles());
        }
        return builder.allowIO(access.build()).build();
    }

    private synchronized Engine engine() {
        if (isClosed) {
            throw new IllegalStateException("the host of " + language.id() + " handlers is closed");
        }
        if (engine == null) {
            Engine.Builder builder = Engine.newBuilder(language.id())
                    .option("engine.WarnInterpreterOnly", "false")
                    .out(System.err)
                    .err(System.err);
            settings.inspectPort()
                    .ifPresent(port -> builder.option("inspect", "127.0.0.1:" + port)
                            .option("inspect.Suspend", "false")
                            .option("inspect.Path", language.runtime().key()));
            engine = builder.build();
        }
        return engine;
    }

    /// Stops whatever still runs in any context; does not wait for long for what cannot be stopped.
    @Override
    public void close() {
        Engine running;
        synchronized (this) {
            isClosed = true;
            running = engine;
        }
        if (running != null) {
            BoundedWait.of(() -> running.close(true), CLOSE_MAX);
        }
    }
}
