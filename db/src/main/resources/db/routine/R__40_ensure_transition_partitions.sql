-- Makes the monthly partitions of both transition tables from this month on. Safe to call from many processes at once.
--   Returns  how many partitions were made.   Caller   the engine at start.
CREATE OR REPLACE FUNCTION tasker.ensure_transition_partitions(p_months_ahead integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_table text;
    v_month timestamptz;
    v_name  text;
    v_made  integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasker.ensure_transition_partitions', 0));
    FOREACH v_table IN ARRAY ARRAY['task_transitions', 'workflow_step_transitions'] LOOP
        FOR v_month IN
            SELECT date_trunc('month', tasker.now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => ahead)
              FROM generate_series(0, p_months_ahead) AS ahead
        LOOP
            v_name := format('%s_%s', v_table, to_char(v_month AT TIME ZONE 'UTC', 'YYYY_MM'));
            CONTINUE WHEN to_regclass(format('tasker.%I', v_name)) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'CREATE TABLE tasker.%I PARTITION OF tasker.%I FOR VALUES FROM (%L) TO (%L)',
                    v_name, v_table, v_month,
                    (date_trunc('month', v_month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
                v_made := v_made + 1;
            EXCEPTION
                WHEN check_violation THEN
                    -- Rows of that month already stand in the default partition: they stay there, and so does the month.
                    RAISE NOTICE 'partition % not made: rows of that month are in the default partition', v_name;
            END;
        END LOOP;
    END LOOP;
    RETURN v_made;
END
$$;
