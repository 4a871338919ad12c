package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;

import dev.tasker.db.generated.Routines;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.request.RequestText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.impl.DSL;

/// Namespaces of templates. Registering a template makes its namespace. Safe from any thread.
public final class NamespaceStore {
    private static final int DESCRIPTION_CHARS_MAX = 255;
    /// The form that templates require.
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

    private final Database database;

    public NamespaceStore(Database database) {
        this.database = database;
    }

    /// A namespace by its name.
    ///
    /// @param templates how many templates it has, counting each version
    public record Namespace(String name, Optional<String> description, int templates) {}

    /// All namespaces, by name.
    public List<Namespace> list() {
        return database.call(dsl -> dsl.select(
                        TASK_NAMESPACES.NAME, TASK_NAMESPACES.DESCRIPTION, DSL.count(NAMED_TASKS.NAMED_TASK_ID))
                .from(TASK_NAMESPACES)
                .leftJoin(NAMED_TASKS)
                .on(NAMED_TASKS.TASK_NAMESPACE_ID.eq(TASK_NAMESPACES.TASK_NAMESPACE_ID))
                .groupBy(TASK_NAMESPACES.TASK_NAMESPACE_ID)
                .orderBy(TASK_NAMESPACES.NAME)
                .fetch(row -> new Namespace(row.value1(), Optional.ofNullable(row.value2()), row.value3())));
    }

    /// Describes a namespace; makes it where there is none of that name.
    ///
    /// @throws InvalidRequestException REQUEST_INVALID, with the field
    public void describe(String name, String description) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID,
                    "`" + name + "` is no name of a namespace: it has 1 to 64 characters, a letter, then letters,"
                            + " digits, _ and -",
                    Map.of("field", "namespace"));
        }
        RequestText.check(description, "description", DESCRIPTION_CHARS_MAX);
        database.call(dsl -> dsl.insertInto(TASK_NAMESPACES, TASK_NAMESPACES.NAME, TASK_NAMESPACES.DESCRIPTION)
                .values(name, description)
                .onConflict(TASK_NAMESPACES.NAME)
                .doUpdate()
                .set(TASK_NAMESPACES.DESCRIPTION, description)
                .set(TASK_NAMESPACES.UPDATED_AT, Routines.now())
                .execute());
    }
}
