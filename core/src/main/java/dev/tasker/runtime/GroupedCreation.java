package dev.tasker.runtime;

import dev.tasker.error.ConflictException;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;

/// Stores tasks that several callers create at the same time in one statement and one commit: adaptive group commit.
///
/// A caller that is alone stores its task at once. While calls are in flight others gather, and one of those
/// that wait stores the tasks of all. What concerns one task (its identity is taken, its content is refused) concerns
/// its caller only. Safe from any thread; blocks as a call of its own would.
final class GroupedCreation {
    /// Calls in flight at once. With two, groups are smaller and each task costs more (measured: docs/performance.md).
    static final int CALLS_MAX = 1;

    /// Tasks in one call.
    static final int TASKS_MAX = 100;

    private final BiFunction<List<NewTask>, Duplicates, List<CreatedTask>> store;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int calls;

    /// @param store stores tasks in one transaction, all or none
    GroupedCreation(BiFunction<List<NewTask>, Duplicates, List<CreatedTask>> store) {
        this.store = store;
    }

    /// One caller.
    ///
    /// @param turn   whether it stores the tasks of all that wait; otherwise its own is stored
    /// @param result its task
    private record Waiting(NewTask task, CompletableFuture<Boolean> turn, CompletableFuture<CreatedTask> result) {
        Waiting(NewTask task) {
            this(task, new CompletableFuture<>(), new CompletableFuture<>());
        }

        void answer(CreatedTask created) {
            if (created.created()) {
                result.complete(created);
            } else {
                result.completeExceptionally(Duplicates.refused(created.id()));
            }
            turn.complete(false);
        }

        void fail(Throwable problem) {
            result.completeExceptionally(problem);
            turn.complete(false);
        }

        CreatedTask await() {
            try {
                return result.join();
            } catch (CompletionException problem) {
                if (problem.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw problem;
            }
        }
    }

    /// Stores one task.
    ///
    /// @throws ConflictException TASK_DUPLICATE, with the id of the existing task
    /// @throws StoreUnavailableException the database was away; the task may or may not be stored
    CreatedTask create(NewTask task) {
        Waiting own = new Waiting(task);
        if (enter(own) || own.turn().join()) {
            try {
                storeGroup(takeGroup(own));
            } finally {
                leave();
            }
        }
        return own.await();
    }

    /// How many callers wait for others.
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /// Whether the caller stores at once; otherwise it is told when.
    private boolean enter(Waiting own) {
        lock.lock();
        try {
            if (calls < CALLS_MAX) {
                calls++;
                return true;
            }
            waiting.addLast(own);
            return false;
        } finally {
            lock.unlock();
        }
    }

    private List<Waiting> takeGroup(Waiting own) {
        lock.lock();
        try {
            List<Waiting> group = new ArrayList<>();
            group.add(own);
            while (group.size() < TASKS_MAX && !waiting.isEmpty()) {
                group.add(waiting.removeFirst());
            }
            return group;
        } finally {
            lock.unlock();
        }
    }

    /// Hands the call on to the first that waits.
    private void leave() {
        lock.lock();
        try {
            Waiting next = waiting.pollFirst();
            if (next == null) {
                calls--;
            } else {
                next.turn().complete(true);
            }
        } finally {
            lock.unlock();
        }
    }

    private void storeGroup(List<Waiting> group) {
        if (group.size() == 1) {
            storeAlone(group.getFirst());
            return;
        }
        try {
            List<CreatedTask> created =
                    store.apply(group.stream().map(Waiting::task).toList(), Duplicates.SKIP);
            for (int index = 0; index < group.size(); index++) {
                group.get(index).answer(created.get(index));
            }
        } catch (StoreUnavailableException | Error problem) {
            group.forEach(one -> one.fail(problem));
        } catch (RuntimeException _) {
            // Nothing was stored, and not everyone is to blame.
            group.forEach(this::storeAlone);
        }
    }

    private void storeAlone(Waiting one) {
        try {
            one.answer(store.apply(List.of(one.task()), Duplicates.REFUSE).getFirst());
        } catch (RuntimeException | Error problem) {
            one.fail(problem);
        }
    }
}
