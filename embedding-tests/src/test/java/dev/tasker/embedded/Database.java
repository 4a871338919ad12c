package dev.tasker.embedded;

import dev.tasker.db.test.TestDatabase;
import javax.sql.DataSource;

/// A migrated database of one test class, and its address as programs in other languages write it.
final class Database implements AutoCloseable {
    private final TestDatabase database = TestDatabase.create();

    /// `postgresql://user:password@host:port/name`.
    String url() {
        String address = database.jdbcUrl().substring("jdbc:".length());
        String login = database.user() + ":" + database.password() + "@";
        return address.replaceFirst("//", "//" + login).replaceFirst("[?].*$", "");
    }

    DataSource dataSource() {
        return database.dataSource();
    }

    @Override
    public void close() {
        database.close();
    }
}
