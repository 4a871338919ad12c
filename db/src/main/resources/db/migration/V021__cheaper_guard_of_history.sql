-- The guard of the audit trail costs archiving a condition for each row, and no longer a function call.

DROP TRIGGER task_transitions_are_append_only ON tasker.task_transitions;
CREATE TRIGGER task_transitions_are_append_only
    BEFORE UPDATE ON tasker.task_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER task_transitions_are_not_deleted
    BEFORE DELETE ON tasker.task_transitions
    FOR EACH ROW WHEN (current_setting('tasker.archiving', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION tasker.refuse_change_of_history();

DROP TRIGGER workflow_step_transitions_are_append_only ON tasker.workflow_step_transitions;
CREATE TRIGGER workflow_step_transitions_are_append_only
    BEFORE UPDATE ON tasker.workflow_step_transitions
    FOR EACH ROW EXECUTE FUNCTION tasker.refuse_change_of_history();
CREATE TRIGGER workflow_step_transitions_are_not_deleted
    BEFORE DELETE ON tasker.workflow_step_transitions
    FOR EACH ROW WHEN (current_setting('tasker.archiving', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION tasker.refuse_change_of_history();
