package dev.tasker.crash;

import dev.tasker.db.test.TestCluster;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/// A database whose disk can be filled up.
///
/// A small file system of its own where this process may mount one; elsewhere (an account without the right, a
/// container that forbids it) a trigger that raises the error of a full disk at every transition, which looks the
/// same to an engine.
sealed interface FullDisk extends AutoCloseable {
    DataSource source();

    void fill() throws Exception;

    void free() throws Exception;

    /// What the server says then.
    String complaint();

    @Override
    void close() throws IOException, SQLException;

    static FullDisk on(TestCluster cluster, Path folder) throws Exception {
        Path mount = Files.createDirectory(folder.resolve("small"));
        return SmallDisk.mount(mount)
                ? SmallDisk.create(cluster, folder, mount)
                : new RaisedError(cluster.dataSource());
    }

    /// A tablespace on a file system of a few megabytes.
    record SmallDisk(TestCluster cluster, Path mount, DataSource source) implements FullDisk {
        private static final String SIZE = "size=48m";

        static boolean mount(Path folder) {
            return run("mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", folder.toString());
        }

        static SmallDisk create(TestCluster cluster, Path folder, Path mount) throws IOException {
            // The server's account is another one where tests run as root.
            for (Path above = folder;
                    above != null && above.startsWith(System.getProperty("java.io.tmpdir"));
                    above = above.getParent()) {
                if (!above.toString().equals(System.getProperty("java.io.tmpdir"))) {
                    above.toFile().setExecutable(true, false);
                }
            }
            Path space = Files.createDirectory(mount.resolve("space"));
            cluster.own(space);
            cluster.run("CREATE TABLESPACE small LOCATION '" + space + "'");
            cluster.run("CREATE DATABASE small TEMPLATE template0 TABLESPACE small");
            return new SmallDisk(cluster, mount, cluster.dataSource("small"));
        }

        @Override
        public void fill() throws IOException {
            byte[] block = new byte[8_192];
            try (OutputStream ballast = Files.newOutputStream(mount.resolve("ballast"))) {
                while (true) {
                    ballast.write(block);
                }
            } catch (IOException full) {
                if (!String.valueOf(full.getMessage()).contains("No space left")) {
                    throw full;
                }
            }
        }

        @Override
        public void free() throws IOException {
            Files.delete(mount.resolve("ballast"));
        }

        @Override
        public String complaint() {
            return "No space left on device";
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(mount.resolve("ballast"));
            cluster.run("DROP DATABASE small WITH (FORCE)");
            cluster.run("DROP TABLESPACE small");
            if (!run("umount", mount.toString())) {
                throw new IOException(mount + " could not be unmounted");
            }
        }

        private static boolean run(String... command) {
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                return process.onExit().join().exitValue() == 0;
            } catch (IOException missing) {
                return false;
            }
        }

        @Override
        public String toString() {
            return "a real full disk of " + SIZE;
        }
    }

    /// The error alone.
    record RaisedError(DataSource source) implements FullDisk {
        @Override
        public void fill() throws SQLException {
            sql("""
                    CREATE FUNCTION tasker.raise_disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
                    END
                    $$;
                    CREATE TRIGGER disk_is_full BEFORE INSERT ON tasker.workflow_step_transitions
                        FOR EACH STATEMENT EXECUTE FUNCTION tasker.raise_disk_full();
                    """);
        }

        @Override
        public void free() throws SQLException {
            sql("DROP FUNCTION IF EXISTS tasker.raise_disk_full() CASCADE");
        }

        @Override
        public String complaint() {
            return "No space left on device";
        }

        @Override
        public void close() throws SQLException {
            free();
        }

        private void sql(String text) throws SQLException {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(text);
            }
        }

        @Override
        public String toString() {
            return "no file system may be mounted here, so the error of a full disk is raised by a trigger";
        }
    }
}
