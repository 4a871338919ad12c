-- Makes the partitions of the archive that these tasks go to, where they are not there yet: 1,000,000 ids to each.
--   Returns  how many were made.
--   Locks    nothing where all are there. Else one caller at a time; a new partition is attached, which neither readers
--            nor other writers of the archive wait for.
--   Caller   archive_tasks.
CREATE OR REPLACE FUNCTION tasker.ensure_archive_partitions(p_task_ids bigint[])
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    c_ids_per_partition CONSTANT bigint := 1000000;
    v_table  text;
    v_number bigint;
    v_name   text;
    v_made   integer := 0;
BEGIN
    FOR v_number IN
        SELECT DISTINCT task.id / c_ids_per_partition FROM unnest(p_task_ids) AS task (id) ORDER BY 1
    LOOP
        -- The last one that is made below: it stands for all of them.
        CONTINUE WHEN to_regclass(format('tasker.archived_tasks_%s', v_number)) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtextextended('tasker.ensure_archive_partitions', 0));
        FOREACH v_table IN ARRAY ARRAY['archived_task_annotations', 'archived_workflow_step_edges',
                                       'archived_workflow_step_transitions', 'archived_task_transitions',
                                       'archived_workflow_steps', 'archived_tasks'] LOOP
            v_name := format('%s_%s', v_table, v_number);
            CONTINUE WHEN to_regclass(format('tasker.%I', v_name)) IS NOT NULL;
            EXECUTE format('CREATE TABLE tasker.%I (LIKE tasker.%I INCLUDING DEFAULTS)', v_name, v_table);
            EXECUTE format('ALTER TABLE tasker.%I ATTACH PARTITION tasker.%I FOR VALUES FROM (%L) TO (%L)',
                           v_table, v_name, v_number * c_ids_per_partition, (v_number + 1) * c_ids_per_partition);
            v_made := v_made + 1;
        END LOOP;
    END LOOP;
    RETURN v_made;
END
$$;
