package dev.tasker.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.PermanentError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir
    private Path folder;

    private DataFolder data;

    @BeforeEach
    void make() throws Exception {
        Files.createDirectories(folder.resolve("data/deep"));
        Files.writeString(folder.resolve("data/deep/stock.csv"), "sku;größe\n");
        Files.writeString(folder.resolve("secret.txt"), "secret");
        data = DataFolder.beside(folder.resolve("template.yaml"));
    }

    @Test
    void readsATextBelowTheFolder() {
        assertThat(data.readText("deep/stock.csv")).isEqualTo("sku;größe\n");
    }

    @Test
    void refusesWhatLiesOutside() throws Exception {
        Files.createSymbolicLink(folder.resolve("data/link"), folder.resolve("secret.txt"));

        assertRefused("../secret.txt", "outside");
        assertRefused(folder.resolve("secret.txt").toString(), "outside");
        assertRefused("link", "leads out");
        assertRefused("missing.csv", "no such file");
        assertRefused("deep", "");
        assertRefused("a\u0000b", "");
    }

    @Test
    void refusesWhatIsNoText() throws Exception {
        Files.write(folder.resolve("data/latin1.txt"), "größe".getBytes(StandardCharsets.ISO_8859_1));

        assertRefused("latin1.txt", "");
    }

    @Test
    void aTemplateWithoutAFileHasNoData() {
        assertThatThrownBy(() -> DataFolder.none().readText("x")).hasMessageContaining("not registered from a file");
    }

    private void assertRefused(String relative, String reason) {
        assertThatThrownBy(() -> data.readText(relative))
                .isInstanceOf(PermanentError.class)
                .hasMessageContaining("cannot read data file")
                .hasMessageContaining(reason);
    }
}
