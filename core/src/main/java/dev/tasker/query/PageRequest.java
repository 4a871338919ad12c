package dev.tasker.query;

import dev.tasker.error.InvalidRequestException;
import java.util.Optional;

/// Which part of a result is asked for.
///
/// @param size  1 to [#SIZE_MAX] rows
/// @param after the end of the page before; empty: the first page
public record PageRequest(int size, Optional<Cursor> after) {
    public static final int SIZE_MAX = 1_000;

    /// Checks the size.
    ///
    /// @throws InvalidRequestException QUERY_INVALID
    public PageRequest {
        if (size < 1 || size > SIZE_MAX) {
            throw Filters.invalid("a page has 1 to " + SIZE_MAX + " rows, not " + size, "page size");
        }
    }

    public static PageRequest first(int size) {
        return new PageRequest(size, Optional.empty());
    }

    /// The page that begins where the one before ended.
    public static PageRequest after(Cursor cursor, int size) {
        return new PageRequest(size, Optional.of(cursor));
    }

    /// The id that the rows of this page are below; empty for the first page.
    ///
    /// @throws InvalidRequestException CURSOR_INVALID: the cursor is of another kind
    public Optional<Long> belowId(Cursor.Kind kind) {
        return after.map(cursor -> Cursor.parse(kind, cursor.toString()).lastId());
    }
}
