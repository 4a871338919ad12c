package dev.tasker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Handlers of a jar that ask to end the process. If one of them did, there would be no result of this test at all.
class HandlerClassLoaderTest {
    private static final Map<String, String> BODIES = Map.of(
            "Exits", "System.exit(3); return 1;",
            "RuntimeExits", "Runtime.getRuntime().exit(3); return 1;",
            "Halts", "Runtime.getRuntime().halt(3); return 1;",
            "Refers", "IntConsumer end = System::exit; end.accept(3); return 1;",
            "RefersBound", "IntConsumer end = Runtime.getRuntime()::exit; end.accept(3); return 1;",
            "RefersUnbound",
                    "BiConsumer<Runtime, Integer> end = Runtime::halt; end.accept(Runtime.getRuntime(), 3); return 1;",
            "Nested", "Runnable inner = () -> { if (task != null) System.exit(3); }; inner.run(); return 1;",
            "Swallows", "try { System.exit(3); } catch (Exception e) { return 2; } finally { task.name(); } return 1;",
            "Tidy", "return getClass().getPackageName() + System.getProperty(\"java.version\").isEmpty();");

    @TempDir
    private static Path folder;

    private static URL jar;

    @BeforeAll
    static void compile() throws Exception {
        Path sources = Files.createDirectories(folder.resolve("acme"));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        Stream.Builder<String> arguments = Stream.builder();
        arguments.add("-d").add(classes.toString()).add("-cp").add(System.getProperty("java.class.path"));
        arguments.add("-proc:none");
        for (Map.Entry<String, String> body : BODIES.entrySet()) {
            Path file = sources.resolve(body.getKey() + ".java");
            Files.writeString(file, source(body.getKey(), body.getValue()));
            arguments.add(file.toString());
        }
        int failures = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.build().toArray(String[]::new));
        assertThat(failures).isZero();
        jar = pack(classes);
    }

    private static String source(String name, String body) {
        return """
            package acme;

            import dev.tasker.execution.*;
            import java.util.function.*;

            public class %s extends StepHandler {
                @Override
                public Object process(Task task, Sequence sequence, Step step) throws Exception {
                    %s
                }
            }
            """.formatted(name, body);
    }

    private static URL pack(Path classes) throws Exception {
        Path file = folder.resolve("handlers in a jar.jar");
        try (OutputStream stream = Files.newOutputStream(file);
                JarOutputStream out = new JarOutputStream(stream);
                Stream<Path> files = Files.walk(classes)) {
            for (Path path : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
                Files.copy(path, out);
            }
        }
        return file.toUri().toURL();
    }

    private static StepResult run(String handler) {
        HandlerClassLoader loader = new HandlerClassLoader(List.of(jar), HandlerClassLoaderTest.class.getClassLoader());
        HandlerKey key = new HandlerKey(HandlerRuntime.JAVA, "acme." + handler);
        Task task = new Task(
                new TaskId(1), "shop", "order", "1.0.0", Map.of(), "a", "b", "c", List.of(), "d", Instant.EPOCH);
        Step step = new Step(new StepId(1), "end", 1, 1, Map.of(), Map.of());
        return JavaHandlerFactory.load(new HandlerSource(key, null), loader)
                .run(new StepAttempt(
                        new ClaimId(1),
                        key,
                        task,
                        name -> {
                            throw new IllegalStateException(name);
                        },
                        step,
                        null,
                        DataFolder.none(),
                        Duration.ofMinutes(1)));
    }

    @ParameterizedTest
    @CsvSource({
        "Exits,System.exit(3)",
        "RuntimeExits,Runtime.exit(3)",
        "Halts,Runtime.halt(3)",
        "Refers,System.exit(3)",
        "RefersBound,Runtime.exit(3)",
        "RefersUnbound,Runtime.halt(3)",
        "Nested,System.exit(3)",
        "Swallows,System.exit(3)"
    })
    void handlerOfAJarThatEndsTheProcessOnlyFailsItsAttempt(String handler, String call) {
        assertThat(run(handler)).isInstanceOfSatisfying(StepResult.Failure.class, failure -> {
            StepError error = failure.error();
            assertThat(error.errorClass()).isEqualTo("dev.tasker.error.HandlerExitError");
            assertThat(error.message()).contains(call).contains("only its attempt was ended");
            assertThat(error.errorCode()).isEqualTo("HANDLER_CRASHED");
            assertThat(error.retryable()).isTrue();
            assertThat(error.backtrace()).anySatisfy(line -> assertThat(line).contains("acme." + handler));
        });
    }

    @Test
    void otherClassesAreLoadedAsTheyAre() {
        assertThat(run("Tidy")).isEqualTo(new StepResult.Success("acmefalse"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Exits", "Tidy"})
    void classKnowsItsPackageAndItsJar(String handler) throws Exception {
        HandlerClassLoader loader = new HandlerClassLoader(List.of(jar), HandlerClassLoaderTest.class.getClassLoader());

        Class<?> type = loader.loadClass("acme." + handler);

        assertThat(type.getPackage().getName()).isEqualTo("acme");
        assertThat(type.getProtectionDomain().getCodeSource().getLocation()).isEqualTo(jar);
    }
}
