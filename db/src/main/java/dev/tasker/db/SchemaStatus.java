package dev.tasker.db;

import java.util.List;

/// How far a database's schema is, compared with the scripts of this release.
public sealed interface SchemaStatus {

    /// Every script was applied in the form that this release has.
    record UpToDate(String version) implements SchemaStatus {}

    /// Scripts that still have to be applied, in their order; all of them on an empty database.
    record Pending(String version, List<String> scripts) implements SchemaStatus {
        public Pending {
            scripts = List.copyOf(scripts);
        }
    }

    /// A newer release of Tasker has migrated the database.
    record Newer(String databaseVersion, String releaseVersion) implements SchemaStatus {}

    /// The schema `tasker` was not made by this release's scripts.
    record Foreign(String reason) implements SchemaStatus {}
}
