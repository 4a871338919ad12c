package dev.tasker.db.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked from the binaries jar into a folder that is kept for later starts.
///
/// The folder's name holds the archive's checksum and size, so a new release unpacks beside the old one.
///
/// @param folder holds `bin`, `lib` and `share`
/// @param major the server's major version
public record PostgresBinaries(Path folder, int major) {

    private static final Map<String, String> ARCHITECTURES =
            Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64", "arm_64");
    private static final String CATALOGUE = "share/postgresql/postgres.bki";
    private static final String CATALOGUE_START = "# PostgreSQL ";

    /// Unpacks the archive of this release for this machine, unless it was unpacked before.
    ///
    /// @param cache a folder that the server's account can reach
    /// @throws EmbeddedPostgresException if there is no archive for this machine
    public static PostgresBinaries unpackInto(Path cache) {
        return unpackInto(cache, archive());
    }

    /// Unpacks a given archive (`.txz`), unless it was unpacked before.
    public static PostgresBinaries unpackInto(Path cache, URL archive) {
        try {
            Path folder = cache.resolve(key(archive));
            if (!Files.isDirectory(folder)) {
                unpackAtOnce(archive, folder);
            }
            return new PostgresBinaries(folder, major(folder));
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "PostgreSQL's programs could not be unpacked into " + cache + ": " + e
                            + ". Make room and check the folder's permissions.",
                    e);
        }
    }

    Path program(String name) {
        return folder.resolve("bin").resolve(name);
    }

    private static URL archive() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String name = "postgres-" + system + "-" + ARCHITECTURES.getOrDefault(machine, machine) + ".txz";
        URL archive = PostgresBinaries.class.getClassLoader().getResource(name);
        if (archive == null) {
            throw new EmbeddedPostgresException("There is no embedded PostgreSQL for " + system + " on " + machine
                    + " (" + name + " is not on the class path). Set TASKER_DATABASE_URL to a database.");
        }
        return archive;
    }

    private static String key(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        // The jar's directory already has the checksum: nothing is read on a later start.
        if (connection instanceof JarURLConnection jar) {
            return key(jar.getJarEntry().getCrc(), jar.getJarEntry().getSize());
        }
        try (InputStream in = connection.getInputStream()) {
            byte[] bytes = in.readAllBytes();
            CRC32 crc = new CRC32();
            crc.update(bytes);
            return key(crc.getValue(), bytes.length);
        }
    }

    private static String key(long crc, long bytes) {
        return String.format(Locale.ROOT, "postgresql-%08x-%d", crc, bytes);
    }

    private static int major(Path folder) throws IOException {
        try (Stream<String> lines = Files.lines(folder.resolve(CATALOGUE))) {
            return lines.findFirst()
                    .filter(line -> line.startsWith(CATALOGUE_START))
                    .map(line -> Integer.parseInt(
                            line.substring(CATALOGUE_START.length()).strip()))
                    .orElseThrow(() -> new EmbeddedPostgresException("The PostgreSQL programs in " + folder
                            + " are damaged. Remove the folder and start again."));
        }
    }

    // A half-unpacked folder never gets the final name, and of two processes one wins the rename.
    private static void unpackAtOnce(URL archive, Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        Path unfinished = Files.createTempDirectory(folder.getParent(), ".unpacking-");
        try {
            unpack(archive, unfinished);
            openFolders(unfinished);
            Files.move(unfinished, folder);
        } catch (FileSystemException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        } finally {
            FolderRemoval.remove(unfinished);
        }
    }

    // Whatever the umask: the server's account must reach them.
    private static void openFolders(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path folder : paths.filter(Files::isDirectory).toList()) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static void unpack(URL archive, Path target) throws IOException {
        try (InputStream in = archive.openStream();
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(in)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("entry " + entry.getName() + " leaves the archive's folder");
                }
                unpack(tar, entry, path);
            }
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path path) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isFile()) {
            Files.copy(tar, path);
            boolean isProgram = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }
}
