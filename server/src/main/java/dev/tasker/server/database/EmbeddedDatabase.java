package dev.tasker.server.database;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import java.util.Map;

/// The PostgreSQL that comes with Tasker, shared by all commands of this user.
final class EmbeddedDatabase {
    private EmbeddedDatabase() {}

    @SuppressWarnings("DoNotCallSuggester")
    static OpenDatabase open() {
        throw new StoreUnavailableException(
                ErrorCode.DATABASE_UNAVAILABLE, "the embedded PostgreSQL is not part of this build", Map.of());
    }
}
