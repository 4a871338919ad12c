package dev.tasker.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The page shows files of this module's tests. `-Dtasker.update` brings the page up to date.
class TestingPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Path PAGE = ROOT.resolve("docs/testing.md");
    private static final Pattern SHOWN = Pattern.compile("(?s)<!-- file: (\\S+) -->\n```(\\w+)\n(.*?)```\n");

    @Test
    void thePageShowsTheFilesThatAreTested() throws IOException {
        String page = Files.readString(PAGE);
        List<String> shown = new ArrayList<>();
        String current = SHOWN.matcher(page).replaceAll(block -> {
            shown.add(block.group(1));
            return Matcher.quoteReplacement("<!-- file: " + block.group(1) + " -->\n```" + block.group(2) + "\n"
                    + text(ROOT.resolve(block.group(1))) + "```\n");
        });
        if (Boolean.getBoolean("tasker.update")) {
            Files.writeString(PAGE, current);
        }
        assertThat(shown).hasSize(3);
        assertThat(page).isEqualTo(current);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).replaceFirst("(?s)^package [^\n]*\n\n", "");
        } catch (IOException problem) {
            throw new IllegalStateException(problem);
        }
    }
}
