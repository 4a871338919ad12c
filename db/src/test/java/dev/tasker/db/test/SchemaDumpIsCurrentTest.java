package dev.tasker.db.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class SchemaDumpIsCurrentTest {

    @Test
    void checkedInDumpIsThatOfAFreshlyMigratedDatabase() throws IOException {
        try (TestDatabase database = TestDatabase.create()) {
            assertThat(Files.readString(GenerateSources.DUMP))
                    .as("schema.sql; update it with: %s", GenerateSources.COMMAND)
                    .isEqualTo(SchemaDump.of(database.dataSource()));
        }
    }
}
