package dev.tasker.store;

import dev.tasker.db.SchemaException;
import dev.tasker.db.SchemaMigrator;
import dev.tasker.db.SchemaStatus;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.util.Map;
import javax.sql.DataSource;

/// Refuses a database whose schema is not the one of this release.
public final class SchemaCheck {
    private SchemaCheck() {}

    /// Does nothing where it is.
    ///
    /// @throws StoreUnavailableException SCHEMA_OUT_OF_DATE or SCHEMA_TOO_NEW, with what to do
    public static void check(DataSource database, String description) {
        try {
            check(new SchemaMigrator().status(database), description);
        } catch (SchemaException problem) {
            throw new StoreUnavailableException(
                    ErrorCode.DATABASE_UNAVAILABLE,
                    description + ": " + problem.getMessage(),
                    Map.of("tried", description),
                    problem);
        }
    }

    private static void check(SchemaStatus status, String description) {
        switch (status) {
            case SchemaStatus.UpToDate _ -> {}
            case SchemaStatus.Pending pending ->
                throw new StoreUnavailableException(
                        ErrorCode.SCHEMA_OUT_OF_DATE,
                        pending.version().equals(SchemaMigrator.NO_VERSION)
                                ? description + " has no Tasker schema yet; run `tasker migrate`"
                                : description + " has schema version " + pending.version() + ", and "
                                        + pending.scripts().size() + " scripts are pending; run `tasker migrate`",
                        Map.of("version", pending.version(), "pending", pending.scripts()));
            case SchemaStatus.Newer newer ->
                throw new StoreUnavailableException(
                        ErrorCode.SCHEMA_TOO_NEW,
                        description + " has schema version " + newer.databaseVersion() + ", this release knows "
                                + newer.releaseVersion() + "; use a newer release of Tasker",
                        Map.of("version", newer.databaseVersion(), "release", newer.releaseVersion()));
            case SchemaStatus.Foreign foreign ->
                throw new StoreUnavailableException(
                        ErrorCode.SCHEMA_OUT_OF_DATE,
                        "the schema tasker of " + description + " was not made by this release: " + foreign.reason()
                                + "; use another database",
                        Map.of("reason", foreign.reason()));
        }
    }
}
