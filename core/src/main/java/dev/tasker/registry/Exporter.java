package dev.tasker.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes data in formats of its own. Safe from any thread.
public interface Exporter {
    /// Names it in statistics and events.
    String name();

    /// At least one, in lower case: `json`, `csv`.
    Set<String> supportedFormats();

    /// Writes JSON-like data; does not close the stream.
    ///
    /// @param format one of the supported ones
    void export(String format, Map<String, @Nullable Object> data, OutputStream out) throws IOException;
}
