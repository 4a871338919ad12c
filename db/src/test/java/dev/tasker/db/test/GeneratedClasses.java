package dev.tasker.db.test;

import dev.tasker.db.SchemaMigrator;
import java.nio.file.Path;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.SchemaMappingType;
import org.jooq.meta.jaxb.Target;

/// The jOOQ classes of the schema: tables, views, sequences and routines.
final class GeneratedClasses {

    static final String PACKAGE = "dev.tasker.db.generated";

    // Not for Java: the history of migrations, partitions, functions that only triggers call, and what only routines
    // tell each other.
    private static final String LEFT_OUT =
            "flyway_.*|.*_transitions_(default|\\d{4}_\\d{2})|archived_.*_\\d+|refuse_change_of_history"
                    + "|failed_step|completed_steps|served_keys|keys_with_limits|claim_payload"
                    + "|(fail|complete|continue|ready|claim_ready|claimed)_steps|complete_step|end_tasks|settle_tasks"
                    + "|release_children";

    private GeneratedClasses() {}

    /// Writes the classes below `folder`, which then holds `dev/tasker/db/generated`.
    static void write(TestDatabase database, Path folder) {
        try {
            GenerationTool.generate(new Configuration()
                    .withLogging(Logging.WARN)
                    .withJdbc(new Jdbc()
                            .withUrl(database.jdbcUrl())
                            .withUser(database.user())
                            .withPassword(database.password()))
                    .withGenerator(new Generator()
                            .withDatabase(schema())
                            .withGenerate(style())
                            .withTarget(new Target().withPackageName(PACKAGE).withDirectory(folder.toString()))));
        } catch (Exception e) {
            throw new IllegalStateException("the jOOQ classes could not be generated into " + folder, e);
        }
    }

    private static Database schema() {
        return new Database()
                .withName("org.jooq.meta.postgres.PostgresDatabase")
                .withSchemata(new SchemaMappingType().withInputSchema(SchemaMigrator.SCHEMA))
                .withExcludes(LEFT_OUT)
                .withTableValuedFunctionsAsTables(true)
                .withTableValuedFunctionsAsRoutines(false)
                .withForcedTypes(new ForcedType()
                        .withName("INSTANT")
                        .withIncludeTypes("(?i:timestamp with time zone|timestamptz)"));
    }

    // Nothing that changes without the schema: no dates, no versions.
    private static Generate style() {
        return new Generate()
                .withGeneratedAnnotation(false)
                .withJavadoc(false)
                .withComments(false)
                // Two keys between the same tables would get one method name.
                .withImplicitJoinPathsManyToMany(false);
    }
}
