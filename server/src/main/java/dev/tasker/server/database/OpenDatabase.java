package dev.tasker.server.database;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/// A database with the schema of this release.
///
/// @param dataSource  a pool
/// @param description for people: where it is, never with a password
/// @param folder      where its data lie on this machine; empty: that is not known
/// @param release     gives back what opening took
public record OpenDatabase(DataSource dataSource, String description, Optional<Path> folder, Runnable release)
        implements AutoCloseable {
    /// Its address, with user and password, as programs in all languages take it.
    public String url() {
        return url(Objects.requireNonNull(login().getDatabaseName()));
    }

    /// The same for another database of its server.
    String url(String database) {
        PGSimpleDataSource login = login();
        return "postgresql://%s:%s@%s:%d/%s"
                .formatted(
                        encoded(login.getUser()),
                        encoded(login.getPassword()),
                        Objects.requireNonNull(login.getServerNames())[0],
                        Objects.requireNonNull(login.getPortNumbers())[0],
                        encoded(database));
    }

    private PGSimpleDataSource login() {
        return (PGSimpleDataSource) Objects.requireNonNull(((HikariDataSource) dataSource).getDataSource());
    }

    private static String encoded(@Nullable String text) {
        return URLEncoder.encode(Objects.requireNonNullElse(text, ""), StandardCharsets.UTF_8)
                .replace("+", "%20");
    }

    @Override
    public void close() {
        release.run();
    }
}
