package dev.tasker.db.test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// A PostgreSQL server for the whole test run of one JVM.
///
/// @param url its JDBC address, with `%s` where the database's name belongs
/// @param user may create databases
/// @param firstDatabase one that is always there
record TestServer(String url, String user, String password, String firstDatabase) {

    DataSource database(String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url(name));
        source.setUser(user);
        source.setPassword(password);
        return source;
    }

    String url(String name) {
        return url.formatted(name);
    }

    /// Runs one statement outside every test database.
    void run(String sql) {
        try (Connection connection = database(firstDatabase).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("the test server refused: " + sql, e);
        }
    }
}
