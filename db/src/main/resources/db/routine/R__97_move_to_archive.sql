-- Moves the rows of tasks from one live table to its archive, every column of them.
--   The columns are read from the live table: one that the archive lacks is an error, and never left behind.
--   Returns  how many rows.
--   Locks    the rows; the caller has locked their tasks and steps.   Index   by task of each table.
--   Caller   archive_tasks. It alone may delete transitions; the setting that allows it ends with this function.
CREATE OR REPLACE FUNCTION tasker.move_to_archive(p_table text, p_task_ids bigint[])
RETURNS bigint
LANGUAGE plpgsql
SET tasker.archiving = 'on'
SET enable_seqscan = off
AS $$
DECLARE
    v_columns text;
    v_moved   bigint;
BEGIN
    SELECT string_agg(quote_ident(live_column.attname), ', ' ORDER BY live_column.attnum)
      INTO v_columns
      FROM pg_attribute AS live_column
     WHERE live_column.attrelid = format('tasker.%I', p_table)::regclass
       AND live_column.attnum > 0
       AND NOT live_column.attisdropped;
    EXECUTE format(
        'WITH moved AS (DELETE FROM tasker.%1$I AS live WHERE live.task_id = ANY ($1) RETURNING %3$s)
         INSERT INTO tasker.%2$I (%3$s) SELECT %3$s FROM moved',
        p_table, 'archived_' || p_table, v_columns)
      USING p_task_ids;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    RETURN v_moved;
END
$$;
