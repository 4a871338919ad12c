package dev.tasker.server.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.TaskerException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DiskSpaceTest {
    private static final Path FOLDER = Path.of("data");
    private static final long GIGABYTE = 1L << 30;

    @Test
    void tooLittleRoomIsRefusedWithBothNumbers() {
        assertThatThrownBy(() -> DiskSpace.check(FOLDER, GIGABYTE, GIGABYTE))
                .isInstanceOfSatisfying(
                        TaskerException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.DISK_SPACE_LOW))
                .hasMessageContaining("data has 1024 MB left, and this will take about 1024 MB")
                .hasMessageContaining("nothing was changed");
    }

    @Test
    void enoughRoomIsNotTalkedAbout() {
        assertThatCode(() -> DiskSpace.check(FOLDER, 2 * GIGABYTE, GIGABYTE)).doesNotThrowAnyException();
        assertThatCode(() -> DiskSpace.check(FOLDER, 0, 0)).doesNotThrowAnyException();
    }
}
