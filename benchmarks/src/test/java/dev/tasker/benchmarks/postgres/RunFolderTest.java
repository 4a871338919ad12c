package dev.tasker.benchmarks.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    private Path parent;

    @Test
    void tooLittleRoomIsRefusedWithBothNumbers() {
        assertThatExceptionOfType(UnsuitableFolderException.class)
                .isThrownBy(() -> RunFolder.check(parent, Long.MAX_VALUE))
                .withMessageMatching(".* has [\\d.]+ GiB free, .* needs [\\d.]+ GiB.*--data-dir");
    }

    @Test
    void memoryIsRefused() throws IOException {
        Path memory = Path.of("/dev/shm");
        Assumptions.assumeTrue(
                Files.isDirectory(memory) && Files.getFileStore(memory).type().equals("tmpfs"));

        assertThatExceptionOfType(UnsuitableFolderException.class)
                .isThrownBy(() -> RunFolder.check(memory, 0))
                .withMessageContaining("fsync");
    }

    @Test
    void ownFolderIsNeverAbandoned() throws IOException {
        RunFolder own = RunFolder.create(parent, 0);
        List<Path> stopped = new ArrayList<>();

        own.removeAbandoned(stopped::add);

        assertThat(stopped).isEmpty();
        assertThat(own.path()).isDirectory();
        own.remove();
        assertThat(own.path()).doesNotExist();
    }

    @Test
    void folderOfAKilledRunIsRemoved() throws IOException {
        RunFolder own = RunFolder.create(parent, 0);
        Path killed = Files.createDirectory(own.path().resolveSibling("run-killed"));
        Files.createFile(killed.resolve("owner.lock"));

        own.removeAbandoned(_ -> {});

        assertThat(killed).doesNotExist();
        own.remove();
    }
}
