package dev.tasker.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemaMigratorTest {

    private final SchemaMigrator migrator = new SchemaMigrator();

    @ParameterizedTest
    @EnumSource
    void emptyDatabaseGetsEveryScriptAndASecondRunNothing(PostgresVersion version) {
        try (TestDatabase database = TestDatabase.createEmpty(version)) {
            MigrationResult first = migrator.migrate(database.dataSource());
            assertThat(first.from()).isEqualTo(SchemaMigrator.NO_VERSION);
            assertThat(first.applied()).isNotEmpty();
            assertThat(migrator.status(database.dataSource())).isEqualTo(new SchemaStatus.UpToDate(first.to()));
            assertThat(migrator.migrate(database.dataSource()))
                    .isEqualTo(new MigrationResult(first.to(), first.to(), List.of()));
        }
    }
}
