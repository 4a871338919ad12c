package dev.tasker.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Content hashes.
public final class Sha256 {
    private Sha256() {}

    /// SHA-256 of the text in UTF-8, as 64 lower-case hexadecimal digits.
    public static String hexOf(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException problem) {
            throw new IllegalStateException("every JDK has SHA-256", problem);
        }
    }
}
