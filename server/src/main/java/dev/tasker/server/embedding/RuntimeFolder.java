package dev.tasker.server.embedding;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder that holds all that a program needs to run the engine: `libtasker.so`, its header, jars in `lib`, and,
/// where
/// they are wanted, a JVM in `jvm` and a start-up cache. It may be moved and copied, with the times of its files.
public final class RuntimeFolder {
    private static final String LIBRARY = "libtasker.so";
    private static final String SONAME = "libtasker.so.1";
    private static final String HEADER = "tasker.h";
    private static final String JARS = "lib";
    private static final String JVM = "jvm";
    private static final String CACHE = "tasker.aot";
    private static final String CACHE_KEY = "tasker.aot.key";
    /// What the jars use of the JDK; a test runs the library on exactly these.
    private static final List<String> MODULES = List.of(
            "java.base",
            "java.logging",
            "java.management",
            "java.naming",
            "java.net.http",
            "java.sql",
            "java.xml",
            "jdk.jfr",
            "jdk.management",
            "jdk.net",
            "jdk.unsupported",
            "jdk.zipfs");

    private final Path folder;
    private final Path built;

    private RuntimeFolder(Path folder, Path built) {
        this.folder = folder;
        this.built = built;
    }

    /// Copies the library and its jars into a folder.
    ///
    /// @param home   of this installation, where the library was built
    /// @param folder absent, empty, or a runtime folder, which is replaced
    /// @throws InvalidRequestException OPTION_INVALID: the folder holds something else, or there is no library
    public static RuntimeFolder make(Path home, Path folder) {
        Path built = home.resolve("bindings-c/target");
        if (!Files.exists(built.resolve("runtime").resolve(LIBRARY))) {
            throw invalid("there is no " + built.resolve("runtime").resolve(LIBRARY)
                    + ": install a C compiler (Debian: apt-get install gcc libc6-dev) and build with"
                    + " `./mvnw -Dquick package`");
        }
        RuntimeFolder runtime = new RuntimeFolder(folder.toAbsolutePath().normalize(), built);
        try {
            runtime.clear();
            runtime.copy();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return runtime;
    }

    /// Adds a JVM with the modules that the jars need.
    public void addJvm() {
        Path java = javaHome();
        run(
                "a JVM could not be made; do without with --no-jvm",
                Map.of(),
                java.resolve("bin/jlink").toString(),
                "--add-modules",
                String.join(",", MODULES),
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--output",
                folder.resolve(JVM).toString());
    }

    /// Adds a start-up cache, which the library makes of itself at work.
    ///
    /// @param databaseUrl of an empty database
    public void addCache(String databaseUrl) {
        run(
                "the start-up cache could not be made; do without with --no-cache",
                Map.of(
                        "TASKER_TRAIN_DATABASE_URL",
                        databaseUrl,
                        "TASKER_JAVA_HOME",
                        javaHome().toString()),
                built.resolve("tasker-train").toString(),
                folder.toString());
    }

    public Path folder() {
        return folder;
    }

    /// How many bytes all files have.
    public long bytes() {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private void clear() throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder) || (!isEmpty() && !Files.exists(folder.resolve(LIBRARY)))) {
            throw invalid(folder + " is neither empty nor a runtime folder; name another one");
        }
        for (String name : List.of(JARS, JVM, CACHE, CACHE_KEY, LIBRARY, SONAME, HEADER)) {
            delete(folder.resolve(name));
        }
    }

    private boolean isEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(path)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }

    private void copy() throws IOException {
        Path source = built.resolve("runtime");
        Files.createDirectories(folder.resolve(JARS));
        try (Stream<Path> jars = Files.list(source.resolve(JARS))) {
            for (Path jar : jars.toList()) {
                copy(jar, folder.resolve(JARS).resolve(jar.getFileName()));
            }
        }
        copy(source.resolve(LIBRARY), folder.resolve(LIBRARY));
        copy(source.resolve(HEADER), folder.resolve(HEADER));
        Files.createSymbolicLink(folder.resolve(SONAME), Path.of(LIBRARY));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static Path javaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    private static void run(String problem, Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw invalid(problem + ":\n  " + output.strip());
            }
        } catch (IOException cause) {
            throw invalid(problem + ": " + cause.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw invalid(problem + ": interrupted");
        }
    }

    private static InvalidRequestException invalid(String reason) {
        return new InvalidRequestException(ErrorCode.OPTION_INVALID, reason, Map.of("reason", reason));
    }
}
