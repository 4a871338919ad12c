package dev.tasker.polyglot.convert;

import java.nio.charset.StandardCharsets;

/// Makes any text storable as JSON in PostgreSQL.
final class TextRepair {
    private static final char REPLACEMENT = '\uFFFD';

    private TextRepair() {}

    /// Replaces U+0000 and halves of characters.
    static String storable(String text) {
        // The encoder writes a question mark for what is no whole character.
        byte[] encoded = text.replace('\0', REPLACEMENT).getBytes(StandardCharsets.UTF_8);
        return new String(encoded, StandardCharsets.UTF_8);
    }
}
