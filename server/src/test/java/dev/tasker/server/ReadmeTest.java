package dev.tasker.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.TestDatabase;
import dev.tasker.server.CliRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of the README, cut out of it and run as a reader would.
class ReadmeTest {
    private static final Path README = CliRunner.HOME.resolve("README.md");

    @TempDir
    private Path folder;

    @Test
    void theWorkflowInFourLanguagesRuns() throws IOException {
        Path template = write("templates/order.yaml", block("yaml", "namespace_name: shop"));
        write("handlers/price.py", block("python", "class Price"));
        write("handlers/reserve.rb", block("ruby", "class Reserve"));
        write("handlers/charge.mjs", block("js", "class Charge"));
        jar("com/acme/CreateOrder", block("java", "class CreateOrder"));
        Path input = write("order.json", "{\"items\": [{\"sku\": \"A-1\", \"cents\": 950}]}");

        try (TestDatabase database = TestDatabase.create()) {
            Result result =
                    CliRunner.on(database).run("run", template.toString(), "--input", input.toString(), "-o", "json");

            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.list("steps"))
                    .hasSize(4)
                    .allSatisfy(step -> assertThat(step).containsEntry("state", "complete"));
            assertThat(result.out()).contains("A-1").contains("950");
        }
    }

    private static String block(String language, String mark) throws IOException {
        List<String> blocks = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(README))
                .results()
                .map((MatchResult found) -> found.group(1))
                .filter(text -> text.contains(mark))
                .toList();
        assertThat(blocks).as(language + " with " + mark).hasSize(1);
        return blocks.getFirst();
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void jar(String className, String source) throws IOException {
        Path file = write("src/" + className + ".java", source);
        Path classes = Files.createDirectories(folder.resolve("classes"));
        int code = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        file.toString());
        assertThat(code).as("javac").isZero();
        try (JarOutputStream jar =
                new JarOutputStream(Files.newOutputStream(folder.resolve("handlers/create_order.jar")))) {
            jar.putNextEntry(new JarEntry(className + ".class"));
            jar.write(Files.readAllBytes(classes.resolve(className + ".class")));
        }
    }
}
