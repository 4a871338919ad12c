package dev.tasker.store;

import static dev.tasker.db.generated.Tables.DEPENDENT_SYSTEMS;
import static dev.tasker.db.generated.Tables.DEPENDENT_SYSTEM_OBJECT_MAPS;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.DependentSystemObjectMaps;
import dev.tasker.db.generated.tables.DependentSystems;
import dev.tasker.db.generated.tables.records.DependentSystemsRecord;
import dev.tasker.db.generated.tables.records.MapObjectsRecord;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.request.RequestText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.SelectOrderByStep;
import org.jooq.impl.DSL;

/// Systems that steps talk to, and which record of one is which record of another. Safe from any thread.
public final class SystemStore {
    public static final int NAME_CHARS_MAX = 64;
    public static final int DESCRIPTION_CHARS_MAX = 255;
    public static final int REMOTE_ID_CHARS_MAX = 128;
    /// The most counterparts that are told of one record.
    public static final int COUNTERPARTS_MAX = 1_000;

    private final Database database;

    public SystemStore(Database database) {
        this.database = database;
    }

    /// A system by its name.
    public record DependentSystem(long id, String name, Optional<String> description) {}

    /// A record of a system.
    public record RemoteObject(String system, String remoteId) {
        /// @throws InvalidRequestException REQUEST_INVALID, with the field
        public RemoteObject {
            RequestText.check(system, "system", NAME_CHARS_MAX);
            RequestText.check(remoteId, "remote_id", REMOTE_ID_CHARS_MAX);
        }
    }

    /// That two records are the same thing.
    ///
    /// @param created false where it was known already
    public record ObjectMap(long id, boolean created) {}

    /// The system of that name; made where there is none.
    public DependentSystem findOrCreate(String name) {
        RequestText.check(name, "system", NAME_CHARS_MAX);
        return database.call(dsl -> find(dsl, name).or(() -> {
                    dsl.insertInto(DEPENDENT_SYSTEMS, DEPENDENT_SYSTEMS.NAME)
                            .values(name)
                            .onConflict(DEPENDENT_SYSTEMS.NAME)
                            .doNothing()
                            .execute();
                    return find(dsl, name);
                }))
                .orElseThrow(() -> new IllegalStateException("system " + name + " was removed while it was made"));
    }

    /// Describes a system; makes it where there is none of that name.
    public void describe(String name, String description) {
        RequestText.check(name, "system", NAME_CHARS_MAX);
        RequestText.check(description, "description", DESCRIPTION_CHARS_MAX);
        database.call(dsl -> dsl.insertInto(DEPENDENT_SYSTEMS, DEPENDENT_SYSTEMS.NAME, DEPENDENT_SYSTEMS.DESCRIPTION)
                .values(name, description)
                .onConflict(DEPENDENT_SYSTEMS.NAME)
                .doUpdate()
                .set(DEPENDENT_SYSTEMS.DESCRIPTION, description)
                .set(DEPENDENT_SYSTEMS.UPDATED_AT, Routines.now())
                .execute());
    }

    /// All systems, by name.
    public List<DependentSystem> list() {
        return database.call(dsl -> dsl.selectFrom(DEPENDENT_SYSTEMS)
                .orderBy(DEPENDENT_SYSTEMS.NAME)
                .fetch(SystemStore::system));
    }

    /// Records that two records are the same thing; the order of the two does not matter. Makes systems that are not
    /// known yet.
    ///
    /// @throws InvalidRequestException REQUEST_INVALID: they are one and the same record
    public ObjectMap map(RemoteObject one, RemoteObject two) {
        if (one.equals(two)) {
            throw new InvalidRequestException(
                    ErrorCode.REQUEST_INVALID,
                    "record " + one.remoteId() + " of " + one.system() + " cannot be mapped to itself",
                    Map.of("field", "remote_id"));
        }
        MapObjectsRecord row = database.call(dsl -> Tables.MAP_OBJECTS(
                        dsl.configuration(), one.system(), one.remoteId(), two.system(), two.remoteId()))
                .getFirst();
        return new ObjectMap(row.getObjectMapId(), row.getCreated());
    }

    /// The ids that a record has in another system, in order; empty where none was recorded.
    public List<String> counterparts(RemoteObject object, String system) {
        RequestText.check(system, "system", NAME_CHARS_MAX);
        return database.call(dsl -> remoteIds(dsl, object, system, true)
                .union(remoteIds(dsl, object, system, false))
                .orderBy(DSL.inline(1))
                .limit(COUNTERPARTS_MAX)
                .fetch(Record1::value1));
    }

    /// @param isFirst whether the given record stands on the first side of a map
    private static SelectOrderByStep<Record1<String>> remoteIds(
            DSLContext dsl, RemoteObject object, String system, boolean isFirst) {
        DependentSystemObjectMaps map = DEPENDENT_SYSTEM_OBJECT_MAPS;
        DependentSystems given = DEPENDENT_SYSTEMS.as("given");
        DependentSystems other = DEPENDENT_SYSTEMS.as("other");
        return dsl.select(isFirst ? map.REMOTE_ID_TWO : map.REMOTE_ID_ONE)
                .from(map)
                .join(given)
                .on(given.DEPENDENT_SYSTEM_ID.eq(isFirst ? map.DEPENDENT_SYSTEM_ONE_ID : map.DEPENDENT_SYSTEM_TWO_ID))
                .join(other)
                .on(other.DEPENDENT_SYSTEM_ID.eq(isFirst ? map.DEPENDENT_SYSTEM_TWO_ID : map.DEPENDENT_SYSTEM_ONE_ID))
                .where(given.NAME.eq(object.system()))
                .and((isFirst ? map.REMOTE_ID_ONE : map.REMOTE_ID_TWO).eq(object.remoteId()))
                .and(other.NAME.eq(system));
    }

    private static Optional<DependentSystem> find(DSLContext dsl, String name) {
        return dsl.selectFrom(DEPENDENT_SYSTEMS)
                .where(DEPENDENT_SYSTEMS.NAME.eq(name))
                .fetchOptional(SystemStore::system);
    }

    private static DependentSystem system(DependentSystemsRecord row) {
        return new DependentSystem(
                row.getDependentSystemId(), row.getName(), Optional.ofNullable(row.getDescription()));
    }
}
