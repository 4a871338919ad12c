package dev.tasker.query;

import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// Some rows of a result, newest first. Pages stay stable while rows are added: nothing shows twice or is left out.
///
/// @param next where the next page begins; empty on the last page
public record Page<T>(List<T> rows, Optional<Cursor> next) {
    public Page {
        rows = List.copyOf(rows);
    }

    /// Makes a page of what was read: one row more than its size when there is a next page.
    public static <T> Page<T> of(List<T> read, int size, Cursor.Kind kind, ToLongFunction<T> id) {
        if (read.size() <= size) {
            return new Page<>(read, Optional.empty());
        }
        List<T> rows = read.subList(0, size);
        return new Page<>(rows, Optional.of(new Cursor(kind, id.applyAsLong(rows.getLast()))));
    }
}
