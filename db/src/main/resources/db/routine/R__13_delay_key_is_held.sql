-- Whether steps with this delay key have to wait.
CREATE OR REPLACE FUNCTION tasker.delay_key_is_held(p_delay_key text)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT p_delay_key IS NOT NULL
           AND EXISTS (
               SELECT 1
                 FROM tasker.delay_keys AS delay
                WHERE delay.delay_key = p_delay_key
                  AND delay.held_until > tasker.now())
$$;
