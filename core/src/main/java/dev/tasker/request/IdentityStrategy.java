package dev.tasker.request;

import dev.tasker.identity.TemplateKey;
import java.time.Instant;

/// Tells which requests ask for the same task: of two with equal identities, only one becomes a task.
///
/// Must be safe from any thread, and give the same answer in every process.
@FunctionalInterface
public interface IdentityStrategy {
    /// What an identity may have at most, in characters.
    int HASH_CHARS_MAX = 128;

    /// The identity of a request, 1 to [#HASH_CHARS_MAX] characters. Identities of all templates share one space:
    /// put the template into it where that matters.
    ///
    /// @param requestedAt when the task was asked for; the database's time, where the request does not say
    String identityHash(TemplateKey template, TaskRequest request, Instant requestedAt);

    /// Whether the time counts. Where it does not, the database need not be asked for it.
    default boolean usesTime() {
        return true;
    }
}
