-- Indexes for the operational queries: what an operator asks must not read the whole history.
--
-- An index is paid on the hot path: a change of state is never a HOT update (the state stands in the predicates of
-- partial indexes), so each index takes one entry per version of a row. Hence
--   tasks            have three versions in their life. Whatever most tasks share (priority 0, no parent, unknown
--                    initiator, a correlation id of its own making) has no entry.
--   workflow_steps   are the hot rows: only states that are rare have entries. What else is asked about steps goes
--                    through their tasks.
--   transitions      are only ever appended: time is a BRIN index, and the transitions of a smooth run (to
--                    in_progress and to complete, with what every claim writes) have no entry in the others.
-- Newest first is the descending primary key everywhere; a filter that most rows pass needs no more than that.

-- By state: complete is what most tasks are, and unfinished ones have their index.
CREATE INDEX tasks_rare_end_idx ON tasker.tasks (state, task_id)
    WHERE state IN ('error', 'cancelled', 'resolved_manually');
-- Completed since, failed since: an entry only for the last version of a task.
CREATE INDEX tasks_ended_at_idx ON tasker.tasks (ended_at, state) WHERE ended_at IS NOT NULL;
-- Created since. Ids ascend with time but for a moved clock, so an entry goes to the end of the index, where it is cheap.
CREATE INDEX tasks_created_at_idx ON tasker.tasks (created_at);
CREATE INDEX tasks_initiator_idx ON tasker.tasks (initiator, task_id) WHERE initiator <> 'unknown';
CREATE INDEX tasks_source_system_idx ON tasker.tasks (source_system, task_id) WHERE source_system <> 'unknown';
-- A task that was given no correlation id has its identity hash there, which is indexed.
CREATE INDEX tasks_correlation_id_idx ON tasker.tasks (correlation_id, task_id)
    WHERE correlation_id <> identity_hash;
CREATE INDEX tasks_parent_correlation_id_idx ON tasker.tasks (parent_correlation_id, task_id)
    WHERE parent_correlation_id IS NOT NULL;
CREATE INDEX tasks_priority_idx ON tasker.tasks (priority, task_id) WHERE priority <> 0;

-- Failed steps, and those since a time: the time is a column of the index, read without the rows.
CREATE INDEX workflow_steps_rare_state_idx ON tasker.workflow_steps (state, workflow_step_id, last_failure_at)
    WHERE state IN ('error', 'skipped', 'cancelled', 'resolved_manually');

CREATE INDEX task_transitions_created_at_idx ON tasker.task_transitions
    USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX workflow_step_transitions_created_at_idx ON tasker.workflow_step_transitions
    USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX task_transitions_rare_state_idx ON tasker.task_transitions (to_state, task_transition_id)
    WHERE to_state NOT IN ('in_progress', 'complete');
CREATE INDEX workflow_step_transitions_rare_state_idx
    ON tasker.workflow_step_transitions (to_state, workflow_step_transition_id)
    WHERE to_state NOT IN ('in_progress', 'complete');
-- Metadata that tells something: a reason, an error, an operator.
CREATE INDEX task_transitions_metadata_idx ON tasker.task_transitions USING gin (metadata)
    WHERE metadata - '{worker}'::text[] <> '{}';
CREATE INDEX workflow_step_transitions_metadata_idx ON tasker.workflow_step_transitions USING gin (metadata)
    WHERE metadata - '{attempt,claim_id,worker}'::text[] <> '{}';

-- Which templates have, or once had, steps with a handler: leads from a handler key to tasks, and so to steps. The
-- template's own steps are no such thing, as a version may be registered again with other handlers.
CREATE TABLE tasker.named_task_handlers (
    handler_key   text   NOT NULL,
    named_task_id bigint NOT NULL REFERENCES tasker.named_tasks ON DELETE CASCADE,
    PRIMARY KEY (handler_key, named_task_id)
);

INSERT INTO tasker.named_task_handlers (handler_key, named_task_id)
SELECT template_step.handler_key, template_step.named_task_id
  FROM tasker.named_tasks_named_steps AS template_step
 UNION
SELECT step.handler_key, task.named_task_id
  FROM tasker.workflow_steps AS step
  JOIN tasker.tasks AS task ON task.task_id = step.task_id;

CREATE FUNCTION tasker.note_handler() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO tasker.named_task_handlers (handler_key, named_task_id)
    VALUES (NEW.handler_key, NEW.named_task_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER named_tasks_named_steps_note_handler
    AFTER INSERT OR UPDATE OF handler_key ON tasker.named_tasks_named_steps
    FOR EACH ROW EXECUTE FUNCTION tasker.note_handler();
