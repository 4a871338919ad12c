-- Drops months of both transition tables that are over before p_before and have no row left: archiving has moved them,
-- and no task that is still here, unfinished or not, has a transition in it.
--   Returns  the names of the tables that are gone.
--   Locks    the table and the month against everybody, for the moment that it takes to look once more and to detach: at
--            most a fifth of a second is waited for it, as all waves wait behind. Where it is not to be had the month
--            stays until the next run.
--   Caller   ArchiveStore, at the end of an archiving run.
CREATE OR REPLACE FUNCTION tasker.drop_empty_transition_partitions(p_before timestamptz)
RETURNS text[]
LANGUAGE plpgsql
SET enable_seqscan = off
SET lock_timeout = '200ms'
AS $$
DECLARE
    v_month   record;
    v_has_row boolean;
    v_dropped text[] := '{}';
BEGIN
    -- Not while months are being made.
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tasker.ensure_transition_partitions', 0)) THEN
        RETURN v_dropped;
    END IF;
    FOR v_month IN
        SELECT parent.relname AS parent,
               child.relname AS name,
               -- In the order of the primary key: dead rows are passed in its index, where the first look marks them.
               format('SELECT EXISTS (SELECT FROM (SELECT FROM tasker.%I ORDER BY %I LIMIT 1) AS row)',
                      child.relname, regexp_replace(parent.relname, 's$', '_id')) AS look
          FROM pg_inherits AS link
          JOIN pg_class AS parent ON parent.oid = link.inhparent
          JOIN pg_class AS child ON child.oid = link.inhrelid
         WHERE link.inhparent IN ('tasker.task_transitions'::regclass, 'tasker.workflow_step_transitions'::regclass)
           AND child.relname ~ '_\d{4}_\d{2}$'
           AND to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month' <= least(p_before, tasker.now()) AT TIME ZONE 'UTC'
         ORDER BY child.relname
    LOOP
        EXECUTE v_month.look INTO v_has_row;
        CONTINUE WHEN v_has_row;
        BEGIN
            EXECUTE format('LOCK TABLE ONLY tasker.%I, tasker.%I IN ACCESS EXCLUSIVE MODE', v_month.parent, v_month.name);
            EXECUTE v_month.look INTO v_has_row;
            IF NOT v_has_row THEN
                EXECUTE format('ALTER TABLE tasker.%I DETACH PARTITION tasker.%I', v_month.parent, v_month.name);
                EXECUTE format('DROP TABLE tasker.%I', v_month.name);
                v_dropped := v_dropped || v_month.name::text;
            END IF;
        EXCEPTION
            WHEN lock_not_available THEN
                NULL;
        END;
    END LOOP;
    RETURN v_dropped;
END
$$;
