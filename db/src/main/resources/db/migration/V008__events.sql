-- Durable event subscribers: they read the transition tables in the order of commits, from a stored position.

-- The transaction that wrote a row. An id of a row says nothing about when it became visible; the oldest transaction
-- that is still open does: all rows of older ones are there to be read. Rows of before this migration have 0.
ALTER TABLE tasker.task_transitions ADD COLUMN transaction_id bigint NOT NULL DEFAULT 0;
ALTER TABLE tasker.task_transitions
    ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text::bigint);
ALTER TABLE tasker.workflow_step_transitions ADD COLUMN transaction_id bigint NOT NULL DEFAULT 0;
ALTER TABLE tasker.workflow_step_transitions
    ALTER COLUMN transaction_id SET DEFAULT (pg_current_xact_id()::text::bigint);

-- Rows lie almost in the order of transactions, so that a few bytes per range of pages are enough; an insert pays next to
-- nothing for it.
CREATE INDEX task_transitions_transaction_id_idx ON tasker.task_transitions
    USING brin (transaction_id) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX workflow_step_transitions_transaction_id_idx ON tasker.workflow_step_transitions
    USING brin (transaction_id) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE tasker.event_subscribers (
    name                    varchar(128) PRIMARY KEY,
    -- What it asked for last, to be read by people.
    events                  text[]       NOT NULL,
    -- Everything up to here was delivered, in the order of (transaction, transition).
    position_transaction_id bigint       NOT NULL,
    position_transition_id  bigint       NOT NULL,
    -- The one process that delivers now, and until when it may.
    lease_owner             text,
    lease_expires_at        timestamptz,
    -- Deliveries of the next event that failed, and how the last one did.
    failures                integer      NOT NULL DEFAULT 0,
    last_error              text,
    created_at              timestamptz  NOT NULL DEFAULT tasker.now(),
    updated_at              timestamptz  NOT NULL DEFAULT tasker.now(),
    CONSTRAINT event_subscribers_lease_has_an_end CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL)),
    CONSTRAINT event_subscribers_failures_is_not_negative CHECK (failures >= 0)
) WITH (fillfactor = 50);
