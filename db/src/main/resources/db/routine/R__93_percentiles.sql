-- Percentiles of values that are given with how often each was, as percentile_cont of all of them: between two values it
-- interpolates.
--   Takes    values in ascending order without gaps of null, how often each was, and the fractions that are asked for.
--   Returns  null where there is no value.   Caller   get_analytics_metrics.
CREATE OR REPLACE FUNCTION tasker.percentiles(p_values bigint[], p_counts bigint[], p_fractions double precision[])
RETURNS double precision[]
LANGUAGE sql IMMUTABLE
AS $$
    WITH given AS MATERIALIZED (
        SELECT item.value, sum(item.times) OVER (ORDER BY item.value) AS upto
          FROM unnest(p_values, p_counts) AS item (value, times)
    ),
    place AS (
        SELECT fraction.ordinality,
               fraction.value * ((SELECT max(given.upto) FROM given) - 1) AS at
          FROM unnest(p_fractions) WITH ORDINALITY AS fraction (value, ordinality)
    )
    SELECT array_agg(low.value + (place.at - floor(place.at)) * (high.value - low.value) ORDER BY place.ordinality)
      FROM place
     CROSS JOIN LATERAL (SELECT min(given.value) AS value FROM given WHERE given.upto > floor(place.at)) AS low
     CROSS JOIN LATERAL (SELECT min(given.value) AS value FROM given WHERE given.upto > ceil(place.at)) AS high
$$;
