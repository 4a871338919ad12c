package dev.tasker.server.output;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Standard input, output and error; text is UTF-8 whatever the locale.
///
/// @param out data only
/// @param err everything else: progress, warnings, errors
public record Streams(InputStream in, PrintStream out, PrintStream err) {
    /// Those of this process.
    public static Streams ofProcess() {
        return new Streams(
                System.in,
                utf8(new FileOutputStream(FileDescriptor.out)),
                utf8(new FileOutputStream(FileDescriptor.err)));
    }

    /// Writes to `stream` at the end of each line.
    public static PrintStream utf8(OutputStream stream) {
        return new PrintStream(new BufferedOutputStream(stream), true, StandardCharsets.UTF_8);
    }
}
