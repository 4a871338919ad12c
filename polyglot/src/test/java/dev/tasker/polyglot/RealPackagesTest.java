package dev.tasker.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The examples that use packages, with the packages that npm, pip and Debian give for them.
///
/// Where a tool is missing, or cannot reach its registry, the test is skipped and says so; with `CI=true` that is a
/// failure.
class RealPackagesTest {
    private static final long SECONDS_MAX = 120;
    private static final Path DEBIAN_GEMS = Path.of("/usr/share/rubygems-integration/all/gems");
    private static final GuestFixture GUESTS = new GuestFixture(PolyglotConfig.defaults());

    @AfterAll
    static void close() {
        GUESTS.close();
    }

    @Test
    void javaScriptHandlersUseAPackageThatNpmInstalled() throws Exception {
        Path project = project("examples-js");
        install(project, "npm", "ci", "--no-audit", "--no-fund");

        assertThat(results(HandlerRuntime.JAVASCRIPT, project, "delivery_date", "DeliveryDate"))
                .isEqualTo(Map.of("arrives_on", "2026-01-07", "weekday", "Wednesday", "after_days", 5L));
    }

    @Test
    void pythonHandlersUseAPackageThatPipInstalled() throws Exception {
        Path project = project("examples-python");
        install(
                project,
                "python3",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                "site-packages",
                "-r",
                "requirements.txt");

        assertThat(results(HandlerRuntime.PYTHON, project, "page_addresses", "PageAddresses"))
                .isEqualTo(Map.of(
                        "addresses",
                        List.of(
                                "/products/grosse-m-schone-lampe",
                                "/products/grosse-m-schone-lampe-2",
                                "/products/kofeinaia-chashka",
                                "/products/han-zi",
                                "/products/product")));
    }

    @Test
    void rubyHandlersUseAGemThatDebianInstalled() throws Exception {
        Path project = project("examples-ruby");
        require(
                Files.isDirectory(DEBIAN_GEMS) && gems().count() == 2,
                "the Debian package ruby-addressable is missing");
        for (Path gem : gems().toList()) {
            copy(gem, project.resolve("vendor/gems").resolve(gem.getFileName()));
        }

        assertThat(results(HandlerRuntime.RUBY, project, "tracking_link", "TrackingLink"))
                .isEqualTo(Map.of(
                        "url",
                        "https://track.example.com/de/parcels/00%20340%2F7?lang=de&email=ann%2Bshop%40example.com",
                        "host",
                        "track.example.com",
                        "query",
                        Map.of("lang", "de", "email", "ann+shop@example.com")));
    }

    @SuppressWarnings("unchecked") // inputs are objects
    private static Object results(HandlerRuntime runtime, Path project, String name, String handler)
            throws IOException {
        String input = Files.readString(project.resolve("inputs/" + name + ".json"));
        Map<String, Object> context = (Map<String, Object>) Json.parse(input, name);
        Template template = new TemplateParser().parse(project.resolve("templates/" + name + ".yaml"));
        assertThat(template.steps().getFirst().handlerKey()).isEqualTo(new HandlerKey(runtime, handler));
        Path file = project.resolve("handlers/" + name + "." + GuestFixture.suffix(runtime));
        return GuestFixture.results(GUESTS.run(runtime, handler, context, file));
    }

    private static Stream<Path> gems() throws IOException {
        try (Stream<Path> all = Files.list(DEBIAN_GEMS)) {
            return all
                    .filter(gem -> gem.getFileName().toString().matches("(addressable|public_suffix)-.*"))
                    .toList()
                    .stream();
        }
    }

    /// The example as it is checked in, in a folder where packages may be installed.
    private static Path project(String example) throws IOException {
        Path target = Path.of("target", "real-packages", example).toAbsolutePath();
        copy(Path.of("..", example, "with-packages"), target);
        return target;
    }

    private static void install(Path project, String... command) throws Exception {
        int status;
        String output;
        try {
            Process process = new ProcessBuilder(command)
                    .directory(project.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS))
                    .as(output)
                    .isTrue();
            status = process.exitValue();
        } catch (IOException missing) {
            status = -1;
            output = missing.getMessage();
        }
        require(status == 0, String.join(" ", command) + " failed: " + output);
    }

    private static void require(boolean isGiven, String otherwise) {
        if (!isGiven) {
            assertThat(System.getenv("CI"))
                    .as(otherwise + "; .ci/run installs what is needed")
                    .isNotEqualTo("true");
        }
        assumeTrue(isGiven, otherwise);
    }

    private static void copy(Path source, Path target) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(source)) {
            walk.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("node_modules")
                            && !file.toString().contains("site-packages"))
                    .forEach(files::add);
        }
        for (Path file : files) {
            Path copy = target.resolve(source.relativize(file).toString());
            Files.createDirectories(copy.getParent());
            Files.write(copy, Files.readAllBytes(file));
        }
    }
}
