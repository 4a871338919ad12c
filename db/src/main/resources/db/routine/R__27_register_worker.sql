-- Announces a worker, or brings its row up to date.
CREATE OR REPLACE FUNCTION tasker.register_worker(
    p_worker text, p_handler_keys text[], p_runtime_slots jsonb, p_host text, p_process_id bigint, p_version text
) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO tasker.workers AS worker (worker_id, handler_keys, runtime_slots, host, process_id, version)
    VALUES (p_worker, p_handler_keys, p_runtime_slots, p_host, p_process_id, p_version)
    ON CONFLICT (worker_id) DO UPDATE
       SET handler_keys  = excluded.handler_keys,
           runtime_slots = excluded.runtime_slots,
           last_seen_at  = tasker.now(),
           stopped_at    = NULL
$$;
