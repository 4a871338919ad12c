-- Brings the BRIN indexes that read_events uses up to date. Pages that no summary covers are read each time; autovacuum
-- makes the summaries too, but up to a minute late.
--   Returns  how many ranges were summarized; 0 where another process is at it.
--   Locks    the partitions one after another, against VACUUM and DDL only.   Caller   EventSubscriberStore.summarize.
CREATE OR REPLACE FUNCTION tasker.summarize_transitions()
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_ranges integer := 0;
    v_index  regclass;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tasker.summarize_transitions', 0)) THEN
        RETURN 0;
    END IF;
    FOR v_index IN
        SELECT partition.inhrelid
          FROM pg_inherits AS partition
         WHERE partition.inhparent IN ('tasker.task_transitions_transaction_id_idx'::regclass,
                                       'tasker.workflow_step_transitions_transaction_id_idx'::regclass)
         ORDER BY partition.inhrelid
    LOOP
        v_ranges := v_ranges + brin_summarize_new_values(v_index);
    END LOOP;
    RETURN v_ranges;
END
$$;
