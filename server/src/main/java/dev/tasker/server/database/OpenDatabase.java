package dev.tasker.server.database;

import javax.sql.DataSource;

/// A database with the schema of this release.
///
/// @param dataSource  a pool
/// @param description for people: where it is, never with a password
/// @param release     gives back what opening took
public record OpenDatabase(DataSource dataSource, String description, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
        release.run();
    }
}
