package dev.tasker.db.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Writes what is checked in but made from the schema: the jOOQ classes and `schema.sql`.
///
/// Run it after every change of a script, with [#COMMAND] in the repository's root.
public final class GenerateSources {

    /// What a failing test tells a developer to run.
    static final String COMMAND = "./mvnw -q -pl db test-compile exec:java@generate-sources";

    static final Path SOURCES = Path.of("src/main/java");
    static final Path CLASSES = SOURCES.resolve(GeneratedClasses.PACKAGE.replace('.', '/'));
    static final Path DUMP = Path.of("schema.sql");

    private GenerateSources() {}

    /// Writes both into the module's folder.
    ///
    /// @param arguments the folder of module db
    public static void main(String[] arguments) throws IOException {
        Path module = Path.of(arguments[0]);
        try (TestDatabase database = TestDatabase.create()) {
            GeneratedClasses.write(database, module.resolve(SOURCES));
            Files.writeString(module.resolve(DUMP), SchemaDump.of(database.dataSource()));
        }
    }

    /// The files below a folder with their content, by relative path.
    static SortedMap<String, String> contentOf(Path folder) throws IOException {
        SortedMap<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> sources = files.filter(Files::isRegularFile).toList();
            for (Path source : sources) {
                content.put(folder.relativize(source).toString(), Files.readString(source));
            }
        }
        return content;
    }
}
