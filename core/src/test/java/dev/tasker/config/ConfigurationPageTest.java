package dev.tasker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");
    private static final String EXAMPLE = """
            database:
              url: postgresql://tasker@db.example.com/orders
              pool_size: 20
            engine:
              lease: 30s
              template_directories: [templates]
            execution:
              python_slots: 2
            backoff:
              cap: 2m
            """;

    @Test
    void thePageOfSettingsIsRenderedFromTheTable() throws IOException {
        String rendered = render();
        if (Boolean.getBoolean("tasker.update")) {
            Files.writeString(PAGE, rendered);
        }
        assertThat(PAGE)
                .as("docs/configuration.md differs from the keys; update it with -Dtasker.update=true")
                .hasContent(rendered);
    }

    @Test
    void theExampleOfThePageIsValid() {
        Settings settings = SettingsReader.empty()
                .file(ConfigurationFile.parse(EXAMPLE, "tasker.yaml", Path.of("/")))
                .read();

        assertThat(ConfigurationKeys.ALL).filteredOn(settings::isGiven).hasSize(6);
    }

    private static String render() {
        StringBuilder page = new StringBuilder("""
                # Configuration

                Rendered from `dev.tasker.config` by a test. Everything has a default: Tasker runs without any of this.

                ```yaml
                """).append(EXAMPLE).append("""
                ```

                ## Where values come from

                Later ones win:

                1. the defaults below;
                2. a YAML file: `--config FILE`, else the one that `TASKER_CONFIG` names, else `tasker.yaml` in the
                   folder where the process works, if there is one;
                3. environment variables: `TASKER_<SECTION>__<KEY>`, with two low lines, such as
                   `TASKER_ENGINE__LEASE=30s`. `TASKER_DATABASE_URL` sets `database.url` too; `TASKER_DATABASE__URL`
                   wins over it. An empty variable is not set;
                4. the command line: options such as `--lease 30s`, and for every key `--set engine.lease=30s`; an
                   option of its own wins over `--set`.

                An unknown key or a bad value is an error. It names the line of the file, the variable or the option,
                and all of them are told at once. `tasker config show` prints each value with its source, passwords
                masked; `tasker config validate FILE` checks a file.

                A **duration** is `500ms`, `15s`, `2.5s`, `2m`, `1h` or `PT15S`; a bare number means seconds. A **list**
                is a YAML list, elsewhere a text with commas. A relative **path** in a file starts at the folder of that
                file, elsewhere at the folder where the process works.
                """);
        ConfigurationKeys.ALL.stream()
                .map(ConfigurationKey::section)
                .distinct()
                .forEach(section -> section(page, section));
        page.append("""

                What a step's template says (`default_retry_limit`, `timeout_seconds`, `backoff` and more, see
                [templates](templates.md#a-step)) is not repeated here; `backoff` fills in what a template leaves out,
                when the step is claimed.

                ## What is not here

                Keys of older engines of this kind that do not exist. They are errors like any unknown key, as nothing
                would read them.

                | key | why not |
                |---|---|
                """);
        AbsentKeys.ALL.forEach(absent -> page.append("| `%s` | %s |\n".formatted(absent.path(), absent.reason())));
        return page.toString();
    }

    private static void section(StringBuilder page, String section) {
        page.append("\n## ")
                .append(section)
                .append("\n\n| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
        List<ConfigurationKey<?>> keys = ConfigurationKeys.ALL.stream()
                .filter(key -> key.section().equals(section))
                .collect(Collectors.toList());
        for (ConfigurationKey<?> key : keys) {
            page.append("| `%s` | %s | %s | %s | %s |\n"
                    .formatted(
                            key.name(),
                            key.typeName(),
                            key.standard().isPresent()
                                    ? key.standardText().isEmpty() ? "none" : "`" + key.standardText() + "`"
                                    : key.standardText(),
                            key.range(),
                            key.meaning()));
        }
    }
}
