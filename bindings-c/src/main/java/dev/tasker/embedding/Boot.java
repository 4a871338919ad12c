package dev.tasker.embedding;

import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Where the JVM begins: called once by `tasker_init`, on a thread of the library that ends afterwards.
public final class Boot {
    /// The ABI that this side speaks.
    static final int ABI_VERSION = 1;

    /// Two, so that a request that takes long to read does not hold up a heartbeat.
    private static final int DISPATCHERS = 2;

    private Boot() {}

    /// To be called before anything is logged.
    ///
    /// @param file to add to; null leaves the log on standard error
    private static void sendLog(@Nullable String file) {
        if (file == null) {
            return;
        }
        try {
            System.setErr(new PrintStream(new FileOutputStream(file, true), true, StandardCharsets.UTF_8));
        } catch (FileNotFoundException problem) {
            throw new IllegalArgumentException("log_file cannot be written: " + problem.getMessage(), problem);
        }
    }

    /// Starts to serve requests.
    ///
    /// @throws IllegalStateException the library and the jars are of different releases
    public static void start(int abiVersion) {
        if (abiVersion != ABI_VERSION) {
            throw new IllegalStateException("libtasker speaks ABI " + abiVersion + ", the jars speak ABI " + ABI_VERSION
                    + "; use the same release of both");
        }
        // Java replaces the handler of SIGCHLD when it first needs the environment; the library puts it back after
        // this.
        System.getenv();
        sendLog(System.getProperty("tasker.log_file"));
        NativeQueues queues = new NativeQueues();
        Requests requests = new Requests(queues);
        for (int number = 0; number < DISPATCHERS; number++) {
            Thread thread = Thread.ofPlatform()
                    .daemon()
                    .name("tasker-dispatcher-" + number)
                    .unstarted(new Dispatcher(queues, requests));
            thread.setContextClassLoader(Boot.class.getClassLoader());
            thread.start();
        }
    }
}
