-- db-scheduler's table and indexes, as its documentation has them for PostgreSQL without priorities.
CREATE TABLE scheduled_tasks (
    task_name            text        NOT NULL,
    task_instance        text        NOT NULL,
    task_data            bytea,
    execution_time       timestamptz,
    picked               boolean     NOT NULL,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures int,
    last_heartbeat       timestamptz,
    version              bigint      NOT NULL,
    priority             smallint,
    state                text,
    PRIMARY KEY (task_name, task_instance)
);

CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat);

-- What the handlers keep.
CREATE TABLE step_results (
    task_id     bigint      NOT NULL,
    step        int         NOT NULL,
    result      jsonb       NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, step)
);

CREATE TABLE joins (
    task_id   bigint NOT NULL,
    step      int    NOT NULL,
    waits_for int    NOT NULL,
    PRIMARY KEY (task_id, step)
);
