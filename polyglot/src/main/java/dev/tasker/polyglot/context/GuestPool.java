package dev.tasker.polyglot.context;

import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The contexts of one language, each with a thread of its own.
///
/// Grows on demand up to its bound; a context that was idle for a while is closed, but for the last one. A context is
/// replaced after a number of calls, when its code has changed, and when the heap is nearly full. Work is done in the
/// order in which it came. Safe from any thread.
public final class GuestPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GuestPool.class);

    private static final Duration IDLE_MAX = Duration.ofMinutes(1);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    /// Work that waits for longer, because a handler holds every context, goes back to where it came from.
    private static final Duration WAIT_MAX = Duration.ofSeconds(1);

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);
    /// A context that was opened because the heap is full is not replaced for the same reason at once.
    private static final int CALLS_MIN = 1_000;

    /// An interpreted guest call takes several Java frames; Python alone allows a thousand nested calls.
    private static final long STACK_BYTES = 16L * 1024 * 1024;
    /// Attempts never exceed the slots; loads come beside them.
    private static final int QUEUE_MAX = 10_000;

    private final String name;
    private final Bounds bounds;
    private final Supplier<GuestSession> sessions;
    private final QueueDepth depth = new QueueDepth();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition workCame = lock.newCondition();
    private final Deque<Queued> queue = new ArrayDeque<>();
    private final List<Worker> workers = new ArrayList<>();
    private int idle;
    private int workersStarted;
    private int generation;
    private boolean isClosed;
    private @Nullable Thread watch;

    /// An empty pool; contexts are opened when there is work.
    ///
    /// @param bounds   how many contexts, and for how long
    /// @param sessions opens a context on the calling thread
    public GuestPool(String name, Bounds bounds, Supplier<GuestSession> sessions) {
        this.name = name;
        this.bounds = bounds;
        this.sessions = sessions;
    }

    /// How many contexts there may be, and for how long.
    ///
    /// @param contextsMax how many contexts at once
    /// @param callsMax    after so many pieces of work a context is replaced
    public record Bounds(int contextsMax, long callsMax) {}

    private record Queued(GuestWork work, long sinceNanos) {}

    /// What a worker does next.
    private sealed interface Turn {
        record Run(GuestWork work) implements Turn {}

        record Replace() implements Turn {}

        record End() implements Turn {}
    }

    /// How many attempts may be here at once, those that wait included.
    public int slots() {
        lock.lock();
        try {
            long longest = 0;
            for (Worker worker : workers) {
                longest = Math.max(longest, worker.runsForNanos());
            }
            return bounds.contextsMax() * depth.perContext(longest);
        } finally {
            lock.unlock();
        }
    }

    /// How many contexts there are now.
    public int contexts() {
        lock.lock();
        try {
            return (int) workers.stream().filter(Worker::hasSession).count();
        } finally {
            lock.unlock();
        }
    }

    /// Queues work and returns at once; refused work is told so through [GuestWork#refuse].
    public void submit(GuestWork work) {
        if (!enqueue(work)) {
            work.refuse(new IllegalStateException("the host of " + name + " handlers is closed or overloaded"));
        }
    }

    /// Has every context replaced by a new one: idle ones at once, the others when their work is done.
    public void replaceAll() {
        lock.lock();
        try {
            generation++;
            workCame.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean enqueue(GuestWork work) {
        lock.lock();
        try {
            if (isClosed || queue.size() >= QUEUE_MAX) {
                return false;
            }
            queue.add(new Queued(work, System.nanoTime()));
            if (queue.size() > idle && workers.size() < bounds.contextsMax()) {
                start(new Worker(workersStarted++));
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
        if (watch == null) {
            watch = Thread.ofPlatform()
                    .daemon()
                    .name("tasker-" + name + "-watch")
                    .start(this::watchQueue);
        }
    }

    private Turn next(Worker worker) {
        lock.lock();
        idle++;
        try {
            long nanos = IDLE_MAX.toNanos();
            while (queue.isEmpty() && !isClosed && !worker.isOutdated()) {
                if (nanos <= 0 && workers.size() > 1) {
                    workers.remove(worker);
                    return new Turn.End();
                }
                nanos = workCame.awaitNanos(nanos <= 0 ? IDLE_MAX.toNanos() : nanos);
            }
            if (isClosed) {
                return new Turn.End();
            }
            return worker.isOutdated()
                    ? new Turn.Replace()
                    : new Turn.Run(queue.remove().work());
        } catch (InterruptedException stray) {
            // Interrupts are meant for handlers; one that comes late is of no use.
            return next(worker);
        } finally {
            idle--;
            lock.unlock();
        }
    }

    private void watchQueue() {
        try {
            while (true) {
                Thread.sleep(LOOK_INTERVAL);
                List<GuestWork> stuck = takeStuck();
                stuck.forEach(GuestWork::giveBack);
                if (!stuck.isEmpty()) {
                    log.atWarn()
                            .addKeyValue("language", name)
                            .addKeyValue("steps", stuck.size())
                            .log(
                                    "every context is held by a handler that runs for long; steps that wait are given back");
                }
                lock.lock();
                try {
                    if (isClosed) {
                        return;
                    }
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes out what waits for contexts that are all held by long attempts.
    private List<GuestWork> takeStuck() {
        lock.lock();
        try {
            long limit = WAIT_MAX.toNanos();
            if (workers.size() < bounds.contextsMax()
                    || !workers.stream().allMatch(worker -> worker.runsForNanos() > limit)) {
                return List.of();
            }
            long now = System.nanoTime();
            List<GuestWork> stuck = new ArrayList<>();
            for (Iterator<Queued> waiting = queue.iterator(); waiting.hasNext(); ) {
                Queued entry = waiting.next();
                if (now - entry.sinceNanos() > limit && entry.work().isReturnable()) {
                    waiting.remove();
                    stuck.add(entry.work());
                }
            }
            return stuck;
        } finally {
            lock.unlock();
        }
    }

    /// Cancels what runs, refuses what waits, and ends the threads.
    @Override
    public void close() {
        List<Queued> waiting;
        List<Worker> running;
        lock.lock();
        try {
            isClosed = true;
            waiting = List.copyOf(queue);
            queue.clear();
            running = List.copyOf(workers);
            workCame.signalAll();
            if (watch != null) {
                watch.interrupt();
            }
        } finally {
            lock.unlock();
        }
        waiting.forEach(
                entry -> entry.work().refuse(new IllegalStateException("the host of " + name + " handlers closes")));
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
        private volatile long runsSinceNanos;
        private long calls;
        private int sessionGeneration;

        Worker(int number) {
            super(null, null, "tasker-" + GuestPool.this.name + "-" + number, STACK_BYTES);
            setDaemon(true);
        }

        @Override
        public void run() {
            initializeFragileClasses();
            while (true) {
                switch (next(this)) {
                    case Turn.Run(GuestWork work) -> {
                        runOne(work);
                        Thread.interrupted();
                    }
                    case Turn.Replace _ -> replace();
                    case Turn.End _ -> {
                        closeSession();
                        return;
                    }
                }
            }
        }

        // A handler that exhausts the stack must not do so while the JDK first prepares its stack traces or method
        // handles: the class that fails to initialise then would be lost for the whole JVM.
        private void initializeFragileClasses() {
            Object _ = MethodHandles.arrayElementGetter(Object[].class);
            // Called back from a class of the JDK, as only such a frame is looked up among the JDK's modules.
            List<StackTraceElement> frames = new ArrayList<>();
            List.of(name).forEach(_ -> Collections.addAll(frames, new Throwable().getStackTrace()));
            if (frames.isEmpty()) {
                throw new IllegalStateException("this JVM gives no stack traces");
            }
        }

        /// How long it has been at its present work; 0 where it has none.
        long runsForNanos() {
            long since = runsSinceNanos;
            return since == 0 ? 0 : System.nanoTime() - since;
        }

        boolean hasSession() {
            return session != null;
        }

        /// With the pool's lock.
        boolean isOutdated() {
            return session != null && sessionGeneration != generation;
        }

        private void runOne(GuestWork work) {
            GuestSession current;
            try {
                current = usable();
            } catch (RuntimeException | Error problem) {
                work.refuse(new IllegalStateException("cannot start " + GuestPool.this.name + ": " + problem, problem));
                return;
            }
            long begin = System.nanoTime() | 1;
            runsSinceNanos = begin;
            try {
                current.run(work);
            } finally {
                runsSinceNanos = 0;
                depth.ran(System.nanoTime() - begin);
            }
            calls++;
            if (!current.isUsable()) {
                closeSession();
            } else if (calls >= bounds.callsMax()
                    || (calls >= CALLS_MIN && MemoryGuard.shared().isHeapFull())) {
                replace();
            }
        }

        private GuestSession usable() {
            GuestSession current = session;
            return current == null ? open() : current;
        }

        private GuestSession open() {
            int opened;
            lock.lock();
            try {
                opened = generation;
            } finally {
                lock.unlock();
            }
            GuestSession fresh = sessions.get();
            session = fresh;
            sessionGeneration = opened;
            calls = 0;
            return fresh;
        }

        /// The old context is closed first: two of them may not fit, and waiting work has other contexts.
        private void replace() {
            closeSession();
            try {
                open();
            } catch (RuntimeException | Error problem) {
                // The next work tries again, and reports what is wrong.
                log.atWarn()
                        .addKeyValue("language", GuestPool.this.name)
                        .setCause(problem)
                        .log("a context could not be replaced");
            }
        }

        private void closeSession() {
            GuestSession current = session;
            if (current != null) {
                current.close();
                session = null;
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
