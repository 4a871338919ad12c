package dev.tasker.reenqueue;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The queues of one engine, by name. Immutable.
public final class TaskQueues {
    /// What a column holds.
    public static final int NAME_CHARS_MAX = 64;

    private final Map<String, TaskQueue> byName = new LinkedHashMap<>();

    /// @throws IllegalArgumentException a name that is no valid one, or that two queues share
    public TaskQueues(Collection<? extends TaskQueue> queues) {
        for (TaskQueue queue : queues) {
            String name = queue.name();
            if (name.isBlank() || name.length() > NAME_CHARS_MAX) {
                throw new IllegalArgumentException(
                        "the name of a task queue has 1 to " + NAME_CHARS_MAX + " characters, not `" + name + "`");
            }
            if (name.equals(InDatabaseQueue.NAME)) {
                throw new IllegalArgumentException(
                        "`" + name + "` is the name of Tasker's own queue; give the task queue another one");
            }
            if (byName.putIfAbsent(name, queue) != null) {
                throw new IllegalArgumentException("two task queues have the name `" + name + "`");
            }
        }
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    public Set<String> names() {
        return Set.copyOf(byName.keySet());
    }

    public Optional<TaskQueue> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
