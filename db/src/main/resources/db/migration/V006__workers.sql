-- Processes that run steps: who they are, which handlers they have, when they were last seen.

CREATE TABLE tasker.workers (
    worker_id     text        PRIMARY KEY,
    handler_keys  text[]      NOT NULL,
    -- Slots per runtime, for example {"java": 64, "python": 4}.
    runtime_slots jsonb       NOT NULL DEFAULT '{}',
    host          text        NOT NULL,
    process_id    bigint      NOT NULL,
    version       text        NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT tasker.now(),
    last_seen_at  timestamptz NOT NULL DEFAULT tasker.now(),
    stopped_at    timestamptz
);
CREATE INDEX workers_handler_keys_idx ON tasker.workers USING gin (handler_keys);
