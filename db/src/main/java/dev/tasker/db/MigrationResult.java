package dev.tasker.db;

import java.util.List;

/// What one migration did.
///
/// @param from the version before, [SchemaMigrator#NO_VERSION] on an empty database
/// @param to the version after
/// @param applied the applied scripts in their order; empty if nothing was pending
public record MigrationResult(String from, String to, List<String> applied) {
    public MigrationResult {
        applied = List.copyOf(applied);
    }
}
