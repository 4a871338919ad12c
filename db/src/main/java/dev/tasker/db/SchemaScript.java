package dev.tasker.db;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/// One SQL script: a versioned migration (`V001__name.sql`) or a routine (`R__10_name.sql`).
///
/// @param folder `db/migration` or `db/routine`
/// @param name the file's name
/// @param text the file's content
record SchemaScript(String folder, String name, String text) {

    private static final String VERSION_END = "__";

    boolean isVersioned() {
        return name.startsWith("V");
    }

    /// The digits between `V` and `__`; empty for a routine.
    Optional<String> version() {
        return isVersioned() ? Optional.of(name.substring(1, name.indexOf(VERSION_END))) : Optional.empty();
    }

    String path() {
        return folder + "/" + name;
    }

    /// The checksum that Flyway stores for this script: CRC-32 of its lines without their ends.
    ///
    /// Computing it here lets a start compare the history with the class path in one query, without
    /// Flyway. A test compares both.
    int checksum() {
        CRC32 crc = new CRC32();
        try (BufferedReader lines = new BufferedReader(new StringReader(text))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                crc.update(line.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (int) crc.getValue();
    }
}
