-- Records that a record of one system is a record of another one, in either order of the two; makes systems that are
-- not known yet.
--   Returns  the map's id, and whether it is new.
--   Both orders are one map: the system with the lower id stands first (of one system, the lower remote id), and the
--   unique constraint decides between two callers.
--   Locks    new rows only.   Caller   SystemStore.map.
CREATE OR REPLACE FUNCTION tasker.map_objects(
    p_system_one text, p_remote_id_one text, p_system_two text, p_remote_id_two text
) RETURNS TABLE (object_map_id bigint, created boolean)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_one_id bigint;
    v_two_id bigint;
    v_map_id bigint;
    v_swaps  boolean;
BEGIN
    -- In order of names, so that two callers do not wait for each other.
    INSERT INTO tasker.dependent_systems (name)
    SELECT DISTINCT system.name
      FROM unnest(ARRAY[p_system_one, p_system_two]) AS system (name)
     WHERE NOT EXISTS (SELECT 1 FROM tasker.dependent_systems AS known WHERE known.name = system.name)
     ORDER BY system.name
    ON CONFLICT (name) DO NOTHING;
    SELECT system.dependent_system_id INTO v_one_id FROM tasker.dependent_systems AS system WHERE system.name = p_system_one;
    SELECT system.dependent_system_id INTO v_two_id FROM tasker.dependent_systems AS system WHERE system.name = p_system_two;
    v_swaps := v_one_id > v_two_id OR (v_one_id = v_two_id AND p_remote_id_one COLLATE "C" > p_remote_id_two COLLATE "C");

    INSERT INTO tasker.dependent_system_object_maps AS map
           (dependent_system_one_id, remote_id_one, dependent_system_two_id, remote_id_two)
    VALUES (CASE WHEN v_swaps THEN v_two_id ELSE v_one_id END,
            CASE WHEN v_swaps THEN p_remote_id_two ELSE p_remote_id_one END,
            CASE WHEN v_swaps THEN v_one_id ELSE v_two_id END,
            CASE WHEN v_swaps THEN p_remote_id_one ELSE p_remote_id_two END)
    ON CONFLICT (dependent_system_one_id, dependent_system_two_id, remote_id_one, remote_id_two) DO NOTHING
    RETURNING map.dependent_system_object_map_id INTO v_map_id;
    IF v_map_id IS NOT NULL THEN
        RETURN QUERY SELECT v_map_id, true;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT map.dependent_system_object_map_id, false
      FROM tasker.dependent_system_object_maps AS map
     WHERE map.dependent_system_one_id = CASE WHEN v_swaps THEN v_two_id ELSE v_one_id END
       AND map.dependent_system_two_id = CASE WHEN v_swaps THEN v_one_id ELSE v_two_id END
       AND map.remote_id_one = CASE WHEN v_swaps THEN p_remote_id_two ELSE p_remote_id_one END
       AND map.remote_id_two = CASE WHEN v_swaps THEN p_remote_id_one ELSE p_remote_id_two END;
END
$$;
