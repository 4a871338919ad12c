package dev.tasker.polyglot.context;

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
    private final GuestLanguage language;
    private final Set<Grant> grants;
    private final CodeFileSystem files;
    private @Nullable Engine engine;
    private boolean isClosed;

    public GuestEngine(GuestLanguage language, Set<Grant> grants, CodeFileSystem files) {
        this.language = language;
        this.grants = grants;
        this.files = files;
    }

    /// Creates a context; it belongs to the calling thread.
    public Context newContext() {
        Context.Builder builder = Context.newBuilder(language.id())
                .engine(engine())
                .options(language.options())
                .allowExperimentalOptions(true)
                .allowHostAccess(HostAccess.NONE)
                .allowPolyglotAccess(PolyglotAccess.NONE)
                .allowCreateThread(true)
                .allowEnvironmentAccess(
                        grants.contains(Grant.ENV) ? EnvironmentAccess.INHERIT : EnvironmentAccess.NONE);
        return language == GuestLanguage.RUBY ? trusted(builder) : confined(builder);
    }

    // Ruby's standard library needs native access, with which no denial of files or processes holds.
    private static Context trusted(Context.Builder builder) {
        return builder.allowNativeAccess(true)
                .allowIO(IOAccess.ALL)
                .allowCreateProcess(true)
                .build();
    }

    private Context confined(Context.Builder builder) {
        boolean isIoGranted = grants.contains(Grant.IO);
        IOAccess.Builder access = IOAccess.newBuilder().allowHostSocketAccess(grants.contains(Grant.NET));
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
            // Standard output belongs to the command that runs the handlers.
            engine = Engine.newBuilder(language.id())
                    .option("engine.WarnInterpreterOnly", "false")
                    .out(System.err)
                    .err(System.err)
                    .build();
        }
        return engine;
    }

    /// Stops whatever still runs in any context.
    @Override
    public synchronized void close() {
        isClosed = true;
        if (engine != null) {
            engine.close(true);
        }
    }
}
