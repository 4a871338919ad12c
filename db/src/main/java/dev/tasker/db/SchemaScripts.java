package dev.tasker.db;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// The scripts of this release, in the order in which they are applied: versions, then routines.
record SchemaScripts(List<SchemaScript> all) {

    private static final String MIGRATIONS = "db/migration";
    private static final String ROUTINES = "db/routine";

    private static final Comparator<SchemaScript> ORDER = Comparator.comparing(SchemaScript::isVersioned)
            .reversed()
            .thenComparing(script -> script.version().map(Integer::parseInt).orElse(0))
            .thenComparing(SchemaScript::name);

    SchemaScripts {
        all = all.stream().sorted(ORDER).toList();
    }

    /// Reads the scripts that lie beside this class, in its jar or its folder.
    ///
    /// The class path is not searched: it may hold two releases, and a jar need not have entries for
    /// its folders.
    static SchemaScripts ofThisRelease() {
        try {
            return new SchemaScripts(read(Path.of(SchemaScripts.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI())));
        } catch (IOException | URISyntaxException e) {
            throw new SchemaException("The SQL scripts of Tasker could not be read. Reinstall this release.", e);
        }
    }

    /// The newest version, [SchemaMigrator#NO_VERSION] if there is no versioned script.
    String version() {
        return all.stream()
                .flatMap(script -> script.version().stream())
                .reduce((_, later) -> later)
                .orElse(SchemaMigrator.NO_VERSION);
    }

    /// Equal for equal scripts.
    String fingerprint() {
        CRC32C sum = new CRC32C();
        all.forEach(script -> sum.update((script.path() + script.checksum()).getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    private static List<SchemaScript> read(Path root) throws IOException {
        List<SchemaScript> scripts = Files.isDirectory(root) ? readFolder(root) : readJar(root);
        if (scripts.isEmpty()) {
            throw new SchemaException("No SQL script was found in " + root + ". Reinstall this release.");
        }
        return scripts;
    }

    private static List<SchemaScript> readFolder(Path root) throws IOException {
        List<SchemaScript> scripts = new ArrayList<>();
        for (String folder : List.of(MIGRATIONS, ROUTINES)) {
            if (!Files.isDirectory(root.resolve(folder))) {
                continue;
            }
            try (Stream<Path> files = Files.list(root.resolve(folder))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".sql")).toList()) {
                    scripts.add(new SchemaScript(folder, file.getFileName().toString(), Files.readString(file)));
                }
            }
        }
        return scripts;
    }

    private static List<SchemaScript> readJar(Path jar) throws IOException {
        List<SchemaScript> scripts = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                int slash = entry.getName().lastIndexOf('/');
                String folder = slash < 0 ? "" : entry.getName().substring(0, slash);
                if (entry.getName().endsWith(".sql") && (folder.equals(MIGRATIONS) || folder.equals(ROUTINES))) {
                    try (InputStream in = file.getInputStream(entry)) {
                        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                        scripts.add(new SchemaScript(folder, entry.getName().substring(slash + 1), text));
                    }
                }
            }
        }
        return scripts;
    }
}
