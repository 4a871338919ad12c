package dev.tasker.db;

import java.io.Reader;
import java.io.StringReader;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.output.MigrateOutput;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/// One run of Flyway over the scripts of this release; the only class that uses Flyway.
final class FlywayRun {

    private final SchemaScripts scripts;

    FlywayRun(SchemaScripts scripts) {
        this.scripts = scripts;
    }

    /// Applies what is pending and returns the names of the applied scripts in their order.
    ///
    /// Flyway's advisory lock makes a second process wait here; it then finds nothing to do.
    List<String> apply(DataSource database) {
        try {
            return flyway(database).migrate().migrations.stream()
                    .map(FlywayRun::scriptName)
                    .toList();
        } catch (FlywayException e) {
            throw new SchemaException(
                    "The schema could not be migrated, the database is as before: " + e.getMessage(), e);
        }
    }

    private Flyway flyway(DataSource database) {
        return Flyway.configure(FlywayRun.class.getClassLoader())
                .dataSource(database)
                .schemas(SchemaMigrator.SCHEMA)
                .table(SchemaHistory.TABLE)
                .resourceProvider(new Scripts(scripts.all()))
                // Routine bodies may hold ${...}, and checksums must be those of the files.
                .placeholderReplacement(false)
                // All scripts in one transaction: no database is left between two releases.
                .group(true)
                // A routine that a later release dropped stays in the history.
                .ignoreMigrationPatterns("repeatable:missing")
                .load();
    }

    private static String scriptName(MigrateOutput applied) {
        return applied.filepath.substring(applied.filepath.lastIndexOf('/') + 1);
    }

    /// Hands Flyway the scripts that were listed already, so that it does not search the class path.
    private record Scripts(List<SchemaScript> all) implements ResourceProvider {

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return all.stream()
                    .filter(script -> script.path().equals(name))
                    .map(Resource::new)
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return all.stream()
                    .filter(script -> script.name().startsWith(prefix) && endsWithAny(script.name(), suffixes))
                    .<LoadableResource>map(Resource::new)
                    .toList();
        }

        private static boolean endsWithAny(String name, String[] suffixes) {
            return List.of(suffixes).stream().anyMatch(name::endsWith);
        }
    }

    /// A script as Flyway reads it.
    private static final class Resource extends LoadableResource {

        private final SchemaScript script;

        Resource(SchemaScript script) {
            this.script = script;
        }

        @Override
        public Reader read() {
            return new StringReader(script.text());
        }

        @Override
        public String getAbsolutePath() {
            return script.path();
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return script.path();
        }

        @Override
        public String getFilename() {
            return script.name();
        }

        @Override
        public String getRelativePath() {
            return script.name();
        }
    }
}
