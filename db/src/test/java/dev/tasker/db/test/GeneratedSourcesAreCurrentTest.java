package dev.tasker.db.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedSourcesAreCurrentTest {

    @Test
    void checkedInClassesAreThoseOfAFreshlyMigratedDatabase(@TempDir Path folder) throws IOException {
        try (TestDatabase database = TestDatabase.create()) {
            GeneratedClasses.write(database, folder);
        }
        SortedMap<String, String> fresh =
                GenerateSources.contentOf(folder.resolve(GeneratedClasses.PACKAGE.replace('.', '/')));
        SortedMap<String, String> checkedIn = GenerateSources.contentOf(GenerateSources.CLASSES);
        assertThat(differences(fresh, checkedIn))
                .as("classes that differ from the schema; update them with: %s", GenerateSources.COMMAND)
                .isEmpty();
    }

    private static List<String> differences(SortedMap<String, String> fresh, SortedMap<String, String> checkedIn) {
        TreeSet<String> names = new TreeSet<>(fresh.keySet());
        names.addAll(checkedIn.keySet());
        List<String> differing = new ArrayList<>();
        for (String name : names) {
            if (!fresh.getOrDefault(name, "").equals(checkedIn.getOrDefault(name, ""))) {
                differing.add(name);
            }
        }
        return differing;
    }
}
