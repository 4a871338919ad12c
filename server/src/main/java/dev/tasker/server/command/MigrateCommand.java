package dev.tasker.server.command;

import dev.tasker.db.MigrationResult;
import dev.tasker.db.SchemaException;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.server.database.OpenDatabase;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/// `tasker migrate`
@Command(
        name = "migrate",
        description = {
            "Brings the schema of the database to the version of this release, in one transaction.",
            "The embedded PostgreSQL needs no such call: it is migrated when it is opened."
        },
        footer = {"", "Example:", "  tasker migrate --database-url postgresql://tasker:secret@db.example.com/orders"})
final class MigrateCommand implements Callable<Integer> {
    private final RootCommand root;

    MigrateCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try (OpenDatabase database = root.database().connect()) {
            MigrationResult result = new SchemaMigrator().migrate(database.dataSource());
            return root.isJson() ? root.printJson(json(result)) : root.printText(text(result, database.description()));
        } catch (SchemaException problem) {
            throw new StoreUnavailableException(
                    ErrorCode.SCHEMA_OUT_OF_DATE, String.valueOf(problem.getMessage()), Map.of(), problem);
        }
    }

    private static Map<String, @Nullable Object> json(MigrationResult result) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("from_version", result.from());
        json.put("to_version", result.to());
        json.put("applied", result.applied());
        return json;
    }

    private static String text(MigrationResult result, String database) {
        if (result.applied().isEmpty()) {
            return database + " is up to date: version " + result.to() + "\n";
        }
        StringBuilder text = new StringBuilder();
        result.applied()
                .forEach(script -> text.append("applied ").append(script).append('\n'));
        return text + database + ": from version " + result.from() + " to " + result.to() + "\n";
    }
}
