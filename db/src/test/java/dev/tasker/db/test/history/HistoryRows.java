package dev.tasker.db.test.history;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The rows of a batch of tasks, as text for `COPY`.
final class HistoryRows {
    private final Map<Table, StringBuilder> texts = new EnumMap<>(Table.class);

    /// The tables in the order in which foreign keys want them.
    enum Table {
        TASKS("tasks (task_id, named_task_id, state, failure_policy, priority, context, identity_hash, initiator,"
                + " source_system, reason, tags, correlation_id, parent_correlation_id, requested_at, start_at, started_at,"
                + " ended_at, created_at, updated_at, total_steps)"),
        STEPS("workflow_steps (workflow_step_id, task_id, named_step_id, named_tasks_named_step_id, name, handler_key,"
                + " state, claimable, unmet_dependencies, held, priority, due_at, attempts, retryable, retry_limit,"
                + " permanent_failure, skippable, claim_id, lease_owner, lease_expires_at, results, error,"
                + " last_attempted_at, last_failure_at, ended_at, created_at, updated_at)"),
        EDGES("workflow_step_edges (task_id, from_step_id, to_step_id)"),
        ANNOTATIONS("task_annotations (task_id, annotation_type_id, annotation, created_at, updated_at)"),
        TASK_TRANSITIONS("task_transitions (task_transition_id, task_id, from_state, to_state, metadata, created_at)"),
        STEP_TRANSITIONS(
                "workflow_step_transitions (workflow_step_transition_id, task_id, workflow_step_id, from_state,"
                        + " to_state, metadata, created_at)");

        private final String columns;

        Table(String columns) {
            this.columns = columns;
        }

        String copy() {
            return "COPY tasker." + columns + " FROM STDIN";
        }
    }

    HistoryRows() {
        for (Table table : Table.values()) {
            texts.put(table, new StringBuilder());
        }
    }

    String text(Table table) {
        return texts.get(table).toString();
    }

    void taskMove(long id, PlayedTask task, String to, String metadata, long at) {
        row(Table.TASK_TRANSITIONS)
                .add(id)
                .add(task.id)
                .add(task.state)
                .add(to)
                .add(metadata)
                .time(at)
                .end();
    }

    void stepMove(long id, PlayedTask task, PlayedStep step, String from, String metadata, long at) {
        row(Table.STEP_TRANSITIONS)
                .add(id)
                .add(task.id)
                .add(step.id)
                .add(from)
                .add(step.state)
                .add(metadata)
                .time(at)
                .end();
    }

    void task(PlayedTask task, long seed, SplittableRandom random) {
        String hash = Words.hash(seed, task.id);
        int priority = priority(random);
        row(Table.TASKS)
                .add(task.id)
                .add(task.shape.namedTaskId())
                .add(task.state)
                .add("best_effort")
                .add(priority)
                .add(Words.context(task.id, random))
                .add(hash)
                .add(Words.initiator(random))
                .add(Words.sourceSystem(random))
                .add("unknown")
                .add(Words.tags(random))
                .add(random.nextInt(20) == 0 ? "request-" + task.id : hash)
                .add(random.nextInt(50) == 0 ? "parent-" + task.id / 10 : null)
                .time(task.createdAt)
                .time(task.startAt)
                .time(task.startedAt)
                .time(task.endedAt)
                .time(task.createdAt)
                .time(task.updatedAt)
                .add(task.steps.size())
                .end();
        task.steps.forEach(step -> step(task, step, priority));
    }

    private static int priority(SplittableRandom random) {
        return random.nextInt(100) < 95 ? 0 : random.nextInt(11) - 5;
    }

    private void step(PlayedTask task, PlayedStep step, int priority) {
        row(Table.STEPS)
                .add(step.id)
                .add(task.id)
                .add(step.template.namedStepId())
                .add(step.template.templateStepId())
                .add(step.template.name())
                .add(step.template.handlerKey())
                .add(step.state)
                .add(step.claimable)
                .add(step.unmet)
                .add(step.held)
                .add(priority)
                .time(step.dueAt)
                .add(step.attempts)
                .add(step.template.retryable())
                .add(step.template.retryLimit())
                .add(step.permanentFailure)
                .add(step.template.skippable())
                .add(step.claim == 0 ? null : Long.toString(step.claim))
                .add(step.worker)
                .time(step.leaseUntil)
                .add(step.results)
                .add(step.error)
                .time(step.attemptedAt)
                .time(step.failedAt)
                .time(step.endedAt)
                .time(task.createdAt)
                .time(step.updatedAt)
                .end();
    }

    void edge(PlayedTask task, PlayedStep parent, PlayedStep child) {
        row(Table.EDGES).add(task.id).add(parent.id).add(child.id).end();
    }

    void annotation(PlayedTask task, long type, SplittableRandom random) {
        row(Table.ANNOTATIONS)
                .add(task.id)
                .add(type)
                .add("{\"customer\": " + random.nextInt(20_000) + ", \"channel\": \"web\"}")
                .time(task.createdAt)
                .time(task.createdAt)
                .end();
    }

    private Row row(Table table) {
        return new Row(texts.get(table));
    }

    /// One line. No value that is written here has a character that `COPY` reads as anything else.
    private static final class Row {
        private final StringBuilder text;
        private boolean started;

        Row(StringBuilder text) {
            this.text = text;
        }

        Row add(long value) {
            tab().append(value);
            return this;
        }

        Row add(boolean value) {
            tab().append(value ? 't' : 'f');
            return this;
        }

        Row add(@Nullable String value) {
            tab().append(value == null ? "\\N" : value);
            return this;
        }

        Row time(long millis) {
            if (millis == 0) {
                return add((String) null);
            }
            Times.append(tab(), millis);
            return this;
        }

        void end() {
            text.append('\n');
        }

        private StringBuilder tab() {
            if (started) {
                text.append('\t');
            }
            started = true;
            return text;
        }
    }
}
