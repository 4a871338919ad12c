package dev.tasker.store;

import static java.util.stream.Collectors.toSet;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.error.NotFoundException;
import dev.tasker.identity.TaskId;
import dev.tasker.json.Json;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import dev.tasker.wave.FirstWaiting;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Tasks on their way to `tasker.create_tasks`, and its answer on the way back.
final class TaskBatch {
    /// What a call takes as JSON: PostgreSQL holds no document beyond 256 MB.
    static final int BYTES_MAX = 64 * 1024 * 1024;

    /// One row of the answer; ids that do not apply are 0.
    ///
    /// @param other where it tells of a claim, or of what is left, and not of a task
    record Row(int ordinal, long taskId, boolean created, Optional<WaveRows.Row> other) {
        static Row of(ResultSet row) throws SQLException {
            String kind = row.getString(1);
            long task = row.getLong(3);
            return kind.equals("created")
                    ? new Row(row.getInt(2), task, row.getBoolean(4), Optional.empty())
                    : new Row(
                            0,
                            task,
                            true,
                            Optional.of(
                                    new WaveRows.Row(kind, task, row.getLong(5), row.getLong(6), row.getString(7))));
        }

        private boolean isClaim() {
            return other.isPresent() && other.get().kind().equals("claimed");
        }
    }

    private final List<NewTask> tasks;

    TaskBatch(List<NewTask> tasks) {
        this.tasks = tasks;
    }

    String toJson() {
        StringBuilder json = new StringBuilder("[");
        long bytes = 0;
        for (NewTask task : tasks) {
            String one = Json.write(task.toJson());
            bytes += one.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > BYTES_MAX) {
                throw new InvalidRequestException(
                        ErrorCode.REQUEST_INVALID,
                        "these " + tasks.size() + " requests have more than " + BYTES_MAX
                                + " bytes as JSON; create them in smaller batches",
                        Map.of("field", "context", "bytes_max", BYTES_MAX));
            }
            json.append(json.length() == 1 ? "" : ",").append(one);
        }
        return json.append(']').toString();
    }

    /// Refuses two requests of the batch that mean the same task.
    void checkDistinct() {
        Map<String, Integer> indexes = new LinkedHashMap<>();
        for (int index = 0; index < tasks.size(); index++) {
            Integer first = indexes.putIfAbsent(tasks.get(index).identityHash(), index);
            if (first != null) {
                throw new ConflictException(
                        ErrorCode.TASK_DUPLICATE,
                        "requests " + first + " and " + index + " ask for the same task; nothing was created",
                        Map.of("index", index, "same_as_index", first));
            }
        }
    }

    /// What a call that skips duplicates has done.
    List<CreatedTask> created(List<Row> rows) {
        Set<Long> started = rows.stream().filter(Row::isClaim).map(Row::taskId).collect(toSet());
        return rows.stream()
                .filter(row -> row.other().isEmpty())
                .map(row -> {
                    if (row.taskId() == 0) {
                        throw templateGone(row.ordinal());
                    }
                    return new CreatedTask(
                            new TaskId(row.taskId()), row.created(), row.created() && started.contains(row.taskId()));
                })
                .toList();
    }

    /// The first steps that it has claimed.
    static List<WaveRows.Row> claims(List<Row> rows) {
        return rows.stream()
                .filter(Row::isClaim)
                .map(row -> row.other().orElseThrow())
                .toList();
    }

    /// Where steps of tasks are that have not started.
    static Optional<FirstWaiting> left(List<Row> rows) {
        return rows.stream()
                .flatMap(row -> row.other().stream())
                .filter(row -> row.kind().equals("left"))
                .findAny()
                .flatMap(row -> WaveRows.place(row.json()));
    }

    /// Refuses what the call refused.
    void checkCreated(List<Row> rows) {
        if (rows.stream().allMatch(Row::created)) {
            return;
        }
        List<Row> duplicates = rows.stream().filter(row -> row.taskId() != 0).toList();
        if (duplicates.isEmpty()) {
            throw templateGone(0);
        }
        Row first = duplicates.getFirst();
        if (tasks.size() == 1) {
            throw Duplicates.refused(new TaskId(first.taskId()));
        }
        throw new ConflictException(
                ErrorCode.TASK_DUPLICATE,
                duplicates.size() + " of " + tasks.size()
                        + " requests ask for tasks that exist, the first one is request " + first.ordinal() + " (task "
                        + first.taskId() + "); nothing was created",
                Map.of(
                        "index",
                        first.ordinal(),
                        "task_id",
                        first.taskId(),
                        "duplicates",
                        duplicates.stream()
                                .map(row -> Map.of("index", row.ordinal(), "task_id", row.taskId()))
                                .toList()));
    }

    private NotFoundException templateGone(int index) {
        NewTask task = tasks.get(index);
        return new NotFoundException(
                ErrorCode.TEMPLATE_NOT_FOUND,
                "template " + task.template().template().key() + " is no longer registered",
                Map.of("template", task.template().template().key().toString()));
    }
}
