package dev.tasker.polyglot.context;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The contexts of one language, each with a thread of its own.
///
/// Grows on demand up to its bound; a context that was idle for a while is closed, but for the last one. Safe from any
/// thread.
public final class GuestPool implements AutoCloseable {
    private static final Duration IDLE_MAX = Duration.ofMinutes(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    /// An interpreted guest call takes several Java frames; Python alone allows a thousand nested calls.
    private static final long STACK_BYTES = 16L * 1024 * 1024;

    /// Attempts never exceed the slots; loads come beside them.
    private static final int QUEUE_MAX = 10_000;

    private final String name;
    private final int threadsMax;
    private final Supplier<GuestSession> sessions;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition workCame = lock.newCondition();
    private final Deque<GuestWork> queue = new ArrayDeque<>();
    private final List<Worker> workers = new ArrayList<>();
    private int idle;
    private boolean isClosed;

    public GuestPool(String name, int threadsMax, Supplier<GuestSession> sessions) {
        this.name = name;
        this.threadsMax = threadsMax;
        this.sessions = sessions;
    }

    public int threadsMax() {
        return threadsMax;
    }

    /// Queues work and returns at once; refused work is told so through [GuestWork#refuse].
    public void submit(GuestWork work) {
        if (!enqueue(work)) {
            work.refuse(new IllegalStateException("the host of " + name + " handlers is closed or overloaded"));
        }
    }

    private boolean enqueue(GuestWork work) {
        lock.lock();
        try {
            if (isClosed || queue.size() >= QUEUE_MAX) {
                return false;
            }
            queue.add(work);
            if (queue.size() > idle && workers.size() < threadsMax) {
                start(new Worker(workers.size()));
            }
            workCame.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void start(Worker worker) {
        workers.add(worker);
        worker.start();
    }

    /// The next work, or null if the worker should end.
    private @Nullable GuestWork next(Worker worker) {
        lock.lock();
        idle++;
        try {
            long nanos = IDLE_MAX.toNanos();
            while (queue.isEmpty() && !isClosed) {
                if (nanos <= 0 && workers.size() > 1) {
                    workers.remove(worker);
                    return null;
                }
                nanos = workCame.awaitNanos(nanos <= 0 ? IDLE_MAX.toNanos() : nanos);
            }
            return isClosed ? null : queue.remove();
        } catch (InterruptedException stray) {
            // Interrupts are meant for handlers; one that comes late is of no use.
            return next(worker);
        } finally {
            idle--;
            lock.unlock();
        }
    }

    /// Cancels what runs, refuses what waits, and ends the threads.
    @Override
    public void close() {
        List<GuestWork> waiting;
        List<Worker> running;
        lock.lock();
        try {
            isClosed = true;
            waiting = List.copyOf(queue);
            queue.clear();
            running = List.copyOf(workers);
            workCame.signalAll();
        } finally {
            lock.unlock();
        }
        waiting.forEach(work -> work.refuse(new IllegalStateException("the host of " + name + " handlers closes")));
        long deadline = System.nanoTime() + CLOSE_MAX.toNanos();
        // Side by side and bounded: a handler that sits in host code may hold its context for long.
        List<Thread> closing = running.stream()
                .map(worker -> Thread.ofPlatform().daemon().start(worker::closeSession))
                .toList();
        closing.forEach(thread -> awaitEnd(thread, deadline));
        running.forEach(worker -> awaitEnd(worker, deadline));
    }

    private final class Worker extends Thread {
        private volatile @Nullable GuestSession session;

        Worker(int number) {
            super(null, null, "tasker-" + GuestPool.this.name + "-" + number, STACK_BYTES);
            setDaemon(true);
        }

        @Override
        public void run() {
            initializeStackTraces();
            for (GuestWork work = next(this); work != null; work = next(this)) {
                runOne(work);
                Thread.interrupted();
            }
            closeSession();
        }

        // A handler that exhausts the stack must not do so while the JDK first prepares its stack traces: the
        // class that fails to initialise then would be lost for the whole JVM.
        private void initializeStackTraces() {
            // Called back from a class of the JDK, as only such a frame is looked up among the JDK's modules.
            List<StackTraceElement> frames = new ArrayList<>();
            List.of(name).forEach(_ -> Collections.addAll(frames, new Throwable().getStackTrace()));
            if (frames.isEmpty()) {
                throw new IllegalStateException("this JVM gives no stack traces");
            }
        }

        private void runOne(GuestWork work) {
            GuestSession current;
            try {
                current = usable();
            } catch (RuntimeException | Error problem) {
                work.refuse(new IllegalStateException("cannot start " + GuestPool.this.name + ": " + problem, problem));
                return;
            }
            current.run(work);
            if (!current.isUsable()) {
                closeSession();
                session = null;
            }
        }

        private GuestSession usable() {
            GuestSession current = session;
            if (current == null) {
                current = sessions.get();
                session = current;
            }
            return current;
        }

        private void closeSession() {
            GuestSession current = session;
            if (current != null) {
                current.close();
            }
        }
    }

    private static void awaitEnd(Thread thread, long deadline) {
        try {
            long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            thread.join(Math.max(1, millis));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
