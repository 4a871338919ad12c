package dev.tasker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.db.test.PostgresVersion;
import dev.tasker.db.test.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemaMigratorTest {

    private static final SchemaScript FIRST = migration("V001__first.sql", "CREATE TABLE tasker.first (id bigint)");
    private static final SchemaScript SECOND = migration("V002__second.sql", "CREATE TABLE tasker.second (id bigint)");
    private static final SchemaScript ROUTINE = routine("SELECT 1");

    private TestDatabase database;

    @BeforeEach
    void createDatabase() {
        database = TestDatabase.createEmpty(PostgresVersion.V18);
    }

    @AfterEach
    void dropDatabase() {
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void emptyDatabaseGetsEveryScriptAndASecondRunNothing(PostgresVersion version) {
        SchemaMigrator migrator = new SchemaMigrator();
        try (TestDatabase empty = TestDatabase.createEmpty(version)) {
            assertThat(migrator.status(empty.dataSource())).isInstanceOf(SchemaStatus.Pending.class);
            MigrationResult first = migrator.migrate(empty.dataSource());
            assertThat(first.from()).isEqualTo(SchemaMigrator.NO_VERSION);
            assertThat(first.applied())
                    .hasSameElementsAs(SchemaScripts.ofThisRelease().all().stream()
                            .map(SchemaScript::name)
                            .toList());
            assertThat(migrator.status(empty.dataSource())).isEqualTo(new SchemaStatus.UpToDate(first.to()));
            assertThat(migrator.migrate(empty.dataSource()))
                    .isEqualTo(new MigrationResult(first.to(), first.to(), List.of()));
        }
    }

    @Test
    void olderDatabaseGetsOnlyWhatIsNew() {
        of(FIRST, ROUTINE).migrate(database.dataSource());
        SchemaScript changed = routine("SELECT 2");
        SchemaMigrator newer = of(FIRST, SECOND, changed);
        List<String> missing = List.of(SECOND.name(), changed.name());
        assertThat(newer.status(database.dataSource())).isEqualTo(new SchemaStatus.Pending("001", missing));
        assertThat(newer.migrate(database.dataSource())).isEqualTo(new MigrationResult("001", "002", missing));
        assertThat(newer.status(database.dataSource())).isEqualTo(new SchemaStatus.UpToDate("002"));
    }

    @Test
    void newerDatabaseIsLeftAlone() {
        of(FIRST, SECOND).migrate(database.dataSource());
        SchemaMigrator older = of(FIRST);
        assertThat(older.status(database.dataSource())).isEqualTo(new SchemaStatus.Newer("002", "001"));
        assertThatThrownBy(() -> older.migrate(database.dataSource()))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("version 002")
                .hasMessageContaining("up to 001");
    }

    @Test
    void releasedMigrationThatWasEditedIsRefused() {
        of(FIRST).migrate(database.dataSource());
        SchemaMigrator edited = of(migration(FIRST.name(), "CREATE TABLE tasker.other (id bigint)"));
        assertThat(edited.status(database.dataSource()))
                .isEqualTo(new SchemaStatus.Foreign("V001__first.sql was applied with other content"));
        assertThatThrownBy(() -> edited.migrate(database.dataSource()))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("V001__first.sql was applied with other content");
    }

    @Test
    void schemaOfSomebodyElseIsRefused() throws SQLException {
        run("CREATE SCHEMA tasker");
        run("CREATE TABLE tasker.theirs (id bigint)");
        assertThat(of(FIRST).status(database.dataSource()))
                .isEqualTo(new SchemaStatus.Foreign("it holds tables but no history of migrations"));
        assertThatThrownBy(() -> of(FIRST).migrate(database.dataSource()))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("not made by this release");
    }

    @Test
    void failedScriptLeavesTheDatabaseAsBefore() {
        SchemaMigrator broken = of(FIRST, migration("V002__broken.sql", "CREATE TABLE nowhere.x (id bigint)"));
        assertThatThrownBy(() -> broken.migrate(database.dataSource()))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("V002__broken.sql");
        assertThat(of(FIRST).status(database.dataSource()))
                .isEqualTo(new SchemaStatus.Pending(SchemaMigrator.NO_VERSION, List.of(FIRST.name())));
    }

    @Test
    void routineThatALaterReleaseDroppedIsForgotten() {
        of(FIRST, ROUTINE).migrate(database.dataSource());
        SchemaMigrator later = of(FIRST, SECOND);
        assertThat(later.migrate(database.dataSource()).applied()).containsExactly(SECOND.name());
        assertThat(later.status(database.dataSource())).isEqualTo(new SchemaStatus.UpToDate("002"));
    }

    @Test
    void textThatLooksLikeAPlaceholderIsLeftAsItIs() {
        SchemaMigrator migrator =
                of(migration("V001__comment.sql", "CREATE TABLE tasker.x (t text DEFAULT '${name}')"));
        migrator.migrate(database.dataSource());
        assertThat(migrator.status(database.dataSource())).isEqualTo(new SchemaStatus.UpToDate("001"));
    }

    @Test
    void processesThatMigrateAtOnceApplyEachScriptOnce() throws Exception {
        List<Callable<MigrationResult>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(() -> of(FIRST, SECOND, ROUTINE).migrate(database.dataSource()));
        }
        List<String> applied = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
            for (Future<MigrationResult> result : threads.invokeAll(calls)) {
                applied.addAll(result.get().applied());
            }
        }
        assertThat(applied).containsExactlyInAnyOrder(FIRST.name(), SECOND.name(), ROUTINE.name());
    }

    private void run(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static SchemaMigrator of(SchemaScript... scripts) {
        return new SchemaMigrator(new SchemaScripts(List.of(scripts)));
    }

    private static SchemaScript migration(String name, String text) {
        return new SchemaScript("db/migration", name, text);
    }

    private static SchemaScript routine(String text) {
        return new SchemaScript("db/routine", "R__10_routine.sql", text);
    }
}
