package dev.tasker.server.database;

import java.nio.file.Path;
import java.util.Optional;
import javax.sql.DataSource;

/// A database with the schema of this release.
///
/// @param dataSource  a pool
/// @param description for people: where it is, never with a password
/// @param folder      where its data lie on this machine; empty: that is not known
/// @param release     gives back what opening took
public record OpenDatabase(DataSource dataSource, String description, Optional<Path> folder, Runnable release)
        implements AutoCloseable {
    @Override
    public void close() {
        release.run();
    }
}
