package dev.tasker.store;

import static dev.tasker.db.generated.Tables.EVENT_SUBSCRIBERS;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.ReadEventsRecord;
import dev.tasker.event.EventPosition;
import dev.tasker.event.StoredTransition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jooq.types.YearToSecond;

/// Durable subscribers: their positions in the audit trail, and who delivers. Safe from any thread.
public final class EventSubscriberStore {
    private static final int ERROR_CHARS_MAX = 2_000;

    private final Database database;

    public EventSubscriberStore(Database database) {
        this.database = database;
    }

    /// Adds a subscriber; one that is known keeps its position.
    ///
    /// @param fromBeginning whether a new one gets all that the audit trail still has, or only what comes
    public void register(String name, Collection<String> events, boolean fromBeginning) {
        String[] patterns = events.toArray(String[]::new);
        database.call(dsl -> {
            EventPosition start = fromBeginning
                    ? EventPosition.BEGINNING
                    : EventPosition.after(Routines.eventHorizon(dsl.configuration()) - 1);
            return dsl.insertInto(EVENT_SUBSCRIBERS)
                    .set(EVENT_SUBSCRIBERS.NAME, name)
                    .set(EVENT_SUBSCRIBERS.EVENTS, patterns)
                    .set(EVENT_SUBSCRIBERS.POSITION_TRANSACTION_ID, start.transactionId())
                    .set(EVENT_SUBSCRIBERS.POSITION_TRANSITION_ID, start.transitionId())
                    .set(EVENT_SUBSCRIBERS.POSITION_SERVER, Routines.serverIdentifier())
                    .set(EVENT_SUBSCRIBERS.NEWEST_TRANSITION_ID, Routines.newestTransitionId())
                    .onConflict(EVENT_SUBSCRIBERS.NAME)
                    .doUpdate()
                    .set(EVENT_SUBSCRIBERS.EVENTS, patterns)
                    .execute();
        });
    }

    /// Takes or prolongs the right to deliver.
    ///
    /// @return whether the owner has it now
    public boolean lease(String name, String owner, Duration lease) {
        return Boolean.TRUE.equals(database.call(
                dsl -> Routines.leaseSubscriber(dsl.configuration(), name, owner, YearToSecond.valueOf(lease))));
    }

    /// Reads what comes after the stored position, in the order of commits. After the database was restored to another
    /// server, the position goes on there: see `tasker.follow_restore`.
    ///
    /// @return empty where the owner's lease is over
    public Optional<Batch> read(String name, String owner, int limit) {
        List<ReadEventsRecord> rows = database.call(dsl -> Tables.READ_EVENTS(dsl.configuration(), name, owner, limit));
        List<StoredTransition> transitions = new ArrayList<>();
        Optional<EventPosition> end = Optional.empty();
        for (ReadEventsRecord row : rows) {
            if (row.getTransitionId() == null) {
                end = Optional.of(EventPosition.after(row.getTransactionId()));
            } else {
                transitions.add(StoredTransitions.of(row));
            }
        }
        return rows.isEmpty() ? Optional.empty() : Optional.of(new Batch(transitions, end));
    }

    /// Stores how far the owner has delivered.
    ///
    /// @return false where its lease is over: another process delivers again what came after the last position
    public boolean confirm(String name, String owner, EventPosition position) {
        return database.call(dsl -> dsl.update(EVENT_SUBSCRIBERS)
                        .set(EVENT_SUBSCRIBERS.POSITION_TRANSACTION_ID, position.transactionId())
                        .set(EVENT_SUBSCRIBERS.POSITION_TRANSITION_ID, position.transitionId())
                        .set(EVENT_SUBSCRIBERS.NEWEST_TRANSITION_ID, Routines.newestTransitionId())
                        .set(EVENT_SUBSCRIBERS.FAILURES, 0)
                        .set(EVENT_SUBSCRIBERS.LAST_ERROR, DSL.inline(null, EVENT_SUBSCRIBERS.LAST_ERROR))
                        .set(EVENT_SUBSCRIBERS.UPDATED_AT, Routines.now())
                        .where(owned(name, owner))
                        .execute())
                == 1;
    }

    /// Keeps reading cheap: see `tasker.summarize_transitions`.
    ///
    /// @return how many ranges of pages were summarized
    public int summarize() {
        return database.call(dsl -> Routines.summarizeTransitions(dsl.configuration()));
    }

    /// Notes that a delivery failed.
    public void failed(String name, String owner, String error) {
        database.call(dsl -> dsl.update(EVENT_SUBSCRIBERS)
                .set(EVENT_SUBSCRIBERS.FAILURES, EVENT_SUBSCRIBERS.FAILURES.plus(1))
                .set(
                        EVENT_SUBSCRIBERS.LAST_ERROR,
                        error.substring(0, Math.min(error.length(), ERROR_CHARS_MAX))
                                .replace("\u0000", ""))
                .set(EVENT_SUBSCRIBERS.UPDATED_AT, Routines.now())
                .where(owned(name, owner))
                .execute());
    }

    /// Gives the right to deliver back.
    public void release(String name, String owner) {
        database.call(dsl -> dsl.update(EVENT_SUBSCRIBERS)
                .setNull(EVENT_SUBSCRIBERS.LEASE_OWNER)
                .setNull(EVENT_SUBSCRIBERS.LEASE_EXPIRES_AT)
                .where(owned(name, owner))
                .execute());
    }

    /// Forgets a subscriber and its position.
    ///
    /// @return whether there was one
    public boolean remove(String name) {
        return database.call(dsl -> dsl.deleteFrom(EVENT_SUBSCRIBERS)
                        .where(EVENT_SUBSCRIBERS.NAME.eq(name))
                        .execute())
                == 1;
    }

    /// All durable subscribers of this database, by name.
    public List<Stored> list() {
        return database.call(dsl -> dsl.selectFrom(EVENT_SUBSCRIBERS)
                .orderBy(EVENT_SUBSCRIBERS.NAME)
                .fetch(row -> new Stored(
                        row.getName(),
                        Arrays.asList(row.getEvents()),
                        new EventPosition(row.getPositionTransactionId(), row.getPositionTransitionId()),
                        Optional.ofNullable(row.getLeaseOwner()),
                        Optional.ofNullable(row.getLeaseExpiresAt()),
                        row.getFailures(),
                        Optional.ofNullable(row.getLastError()))));
    }

    private static Condition owned(String name, String owner) {
        return EVENT_SUBSCRIBERS.NAME.eq(name).and(EVENT_SUBSCRIBERS.LEASE_OWNER.eq(owner));
    }

    /// What was read.
    ///
    /// @param end present where there was nothing more: everything up to here was looked at
    public record Batch(List<StoredTransition> transitions, Optional<EventPosition> end) {}

    /// A durable subscriber as it is stored.
    ///
    /// @param failures deliveries of the next event that failed in a row
    public record Stored(
            String name,
            List<String> events,
            EventPosition position,
            Optional<String> leaseOwner,
            Optional<Instant> leaseExpiresAt,
            int failures,
            Optional<String> lastError) {}
}
