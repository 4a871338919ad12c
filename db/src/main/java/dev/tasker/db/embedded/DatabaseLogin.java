package dev.tasker.db.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;

/// The password of the embedded database, kept in a file that only this user reads, and its use.
record DatabaseLogin(String password) {

    static final String DATABASE = "tasker";

    private static final int PASSWORD_BYTES = 24;
    private static final String WRONG_PASSWORD = "28P01";
    private static final String NO_SUCH_DATABASE = "3D000";
    private static final String ANSWER_SECONDS_MAX = "10";
    private static final Set<PosixFilePermission> OWN =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    /// Reads the password that [#create] wrote.
    static DatabaseLogin read(Path file) {
        try {
            if (ServerAccount.uidOf(file) != ServerAccount.ownUid()) {
                throw new EmbeddedPostgresException("The password file " + file + " belongs to uid "
                        + ServerAccount.uidOf(file) + ". Run Tasker as its owner.");
            }
            if (!OWN.containsAll(Files.getPosixFilePermissions(file))) {
                throw new EmbeddedPostgresException(
                        "The password file " + file + " is open to other users. Close it: chmod 600 " + file);
            }
            return new DatabaseLogin(Files.readString(file).strip());
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "The password file " + file + " could not be read: " + e + ". Restore it from a backup.", e);
        }
    }

    /// Writes a random password to disk; keeps the one that an interrupted first start has written.
    static DatabaseLogin create(Path file) {
        if (Files.exists(file)) {
            return read(file);
        }
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(unfinished);
            Files.createFile(unfinished, PosixFilePermissions.asFileAttribute(OWN));
            Files.writeString(unfinished, HexFormat.of().formatHex(random), StandardCharsets.US_ASCII);
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(unfinished, file);
            return read(file);
        } catch (IOException e) {
            throw new EmbeddedPostgresException("The password file " + file + " could not be written: " + e, e);
        }
    }

    String url(int port) {
        return url(port, DATABASE);
    }

    /// Whether the server lets us into the database, which is created on the first start.
    boolean answers(int port) {
        try (Connection _ = connect(port, DATABASE)) {
            return true;
        } catch (SQLException e) {
            if (WRONG_PASSWORD.equals(e.getSQLState())) {
                throw new EmbeddedPostgresException(
                        "The embedded database does not accept the password of its password file."
                                + " Restore the file from a backup.",
                        e);
            }
            if (NO_SUCH_DATABASE.equals(e.getSQLState())) {
                createDatabase(port);
            }
            return false;
        }
    }

    private void createDatabase(int port) {
        try (Connection connection = connect(port, "postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + DATABASE);
        } catch (SQLException e) {
            throw new EmbeddedPostgresException("The database " + DATABASE + " could not be created: " + e, e);
        }
    }

    private Connection connect(int port, String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", Cluster.USER);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", ANSWER_SECONDS_MAX);
        properties.setProperty("socketTimeout", ANSWER_SECONDS_MAX);
        return DriverManager.getConnection(url(port, database), properties);
    }

    private static String url(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }
}
