package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher with a program of its own: the JVM would run what is in its start-up cache, whatever a jar holds now.
class StartUpCacheTest {
    private static final long DEADLINE_SECONDS = 90;

    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void copyLauncher() throws Exception {
        copy(CliRunner.HOME.resolve("bin"), folder.resolve("bin"));
        target = Files.createDirectories(folder.resolve("server/target"));
        Files.createDirectories(target.resolve("lib"));
        Path compiler = CliRunner.HOME.resolve("server/target/compiler");
        if (Files.isDirectory(compiler)) {
            copy(compiler, target.resolve("compiler"));
        }
        Files.createFile(target.resolve("tasker.stamp"));
        Path other = Files.writeString(folder.resolve("other.txt"), "a library");
        run("jar", "--create", "--file", target.resolve("lib/other.jar").toString(), other.toString());
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path entry, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(entry)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path entry, BasicFileAttributes attributes) throws IOException {
                Files.copy(entry, to.resolve(from.relativize(entry)));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /// A program that tells its version; the jar has the same name, and as far as possible the same size and time.
    private void build(String version) throws Exception {
        Path source = Files.createDirectories(folder.resolve("source")).resolve("TaskerCli.java");
        Files.writeString(source, """
                package dev.tasker.server;
                public class TaskerCli {
                    public static void main(String[] words) { System.out.println("version %s"); }
                }
                """.formatted(version));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        run("javac", "-d", classes.toString(), source.toString());
        Path jar = target.resolve("tasker-server-0.jar");
        Files.deleteIfExists(jar);
        run(
                "jar",
                "--create",
                "--date",
                "2026-01-01T00:00:00Z",
                "--file",
                jar.toString(),
                "-C",
                classes.toString(),
                ".");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(1_767_225_600_000L));
    }

    private static void run(String tool, String... arguments) {
        assertThat(ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, arguments))
                .as(tool)
                .isZero();
    }

    private String start(String command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(folder.resolve("bin/tasker").toString(), command).redirectErrorStream(true);
        builder.environment().put("TASKER_NO_BUILD", "1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("TASKER_JAVA_OPTS");
        builder.environment().remove("TASKER_AOT");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    private List<Path> caches() throws IOException {
        Path aot = target.resolve("aot");
        if (!Files.isDirectory(aot)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(aot)) {
            return files.filter(file -> file.toString().endsWith(".aot")).toList();
        }
    }

    /// Waits until the background has made one more cache.
    private void awaitCaches(int number) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        CountDownLatch never = new CountDownLatch(1);
        while (caches().size() < number && System.nanoTime() < deadline) {
            assertThat(never.await(100, TimeUnit.MILLISECONDS)).isFalse();
        }
        assertThat(caches())
                .as("caches, and why one was not made: " + failures())
                .hasSize(number);
    }

    private List<String> failures() throws IOException {
        List<String> logs = new ArrayList<>();
        try (Stream<Path> files = Files.list(target.resolve("aot"))) {
            for (Path log :
                    files.filter(file -> file.toString().endsWith(".failed")).toList()) {
                logs.add(Files.readString(log));
            }
        }
        return logs;
    }

    @Test
    void aChangedJarNeverRunsTheOldCodeOfAShortCommand() throws Exception {
        staysTrue("run");
    }

    @Test
    void aChangedJarNeverRunsTheOldCodeOfAWorker() throws Exception {
        staysTrue("worker");
        if (Files.isDirectory(target.resolve("compiler"))) {
            try (Stream<Path> entries = Files.list(target.resolve("aot"))) {
                assertThat(entries.map(entry -> entry.getFileName().toString()))
                        .as("the image of the JVM that a worker starts from")
                        .anyMatch(name -> name.startsWith("image-"));
            }
        }
    }

    @Test
    void aJarThatIsBuiltAgainGetsACacheAlsoWhereItHoldsTheSame() throws Exception {
        build("one");
        start("run");
        awaitCaches(1);

        Files.setLastModifiedTime(target.resolve("tasker-server-0.jar"), FileTime.fromMillis(1_767_225_700_000L));

        assertThat(start("run")).contains("version one");
        awaitCaches(2);
    }

    private void staysTrue(String command) throws Exception {
        build("one");
        assertThat(start(command)).contains("version one");
        awaitCaches(1);
        assertThat(start(command)).contains("version one");

        build("two");
        assertThat(start(command)).contains("version two");
        awaitCaches(2);
        assertThat(start(command)).contains("version two");
    }
}
