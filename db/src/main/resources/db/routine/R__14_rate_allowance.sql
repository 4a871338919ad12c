-- How many attempts of a rate-limited handler may start now.
--   p_free_at  when the next one would start if all came evenly (GCRA: the theoretical arrival time).
--   A tenth of a second's worth may start at once, and at least one.
CREATE OR REPLACE FUNCTION tasker.rate_allowance(p_free_at timestamptz, p_per_second double precision, p_now timestamptz)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT greatest(0, floor(
               greatest(1, p_per_second / 10)
               - extract(epoch FROM greatest(p_free_at, p_now) - p_now)::double precision * p_per_second
               + 1e-9)::integer)
$$;
