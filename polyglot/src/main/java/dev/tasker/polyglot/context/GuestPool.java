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
/// order in which it came.
///
/// A thread that computes inside the JVM, for example a power with a billion digits, cannot be stopped. It is written
/// off when its context was closed under it for a while, and another takes its place. Safe from any thread.
public final class GuestPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GuestPool.class);

    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    /// Work that waits for longer, because a handler holds every context, goes back to where it came from.
    private static final Duration WAIT_MAX = Duration.ofSeconds(1);

    /// A thread that has not left its closed context by then is written off.
    private static final Duration LEAVE_MAX = Duration.ofSeconds(5);
    /// Each may take a core and memory for as long as it computes.
    private static final int LOST_MAX = 16;

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
    private final List<Worker> lost = new ArrayList<>();
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
    /// @param idleMax     after so long without work a context is closed, but for the last one
    public record Bounds(int contextsMax, long callsMax, Duration idleMax) {}

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
            if (queue.size() >= idle && workers.size() < bounds.contextsMax()) {
                start();
            }
            if (workers.isEmpty()) {
                return false;
            }
            queue.add(new Queued(work, System.nanoTime()));
            workCame.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// One thread more. Where the system gives none, those that there are do the work.
    private void start() {
        Worker worker = new Worker(workersStarted++);
        workers.add(worker);
        try {
            worker.start();
            if (watch == null) {
                watch = Thread.ofPlatform()
                        .daemon()
                        .name("tasker-" + name + "-watch")
                        .start(this::watchQueue);
            }
        } catch (OutOfMemoryError noThread) {
            if (!worker.isAlive()) {
                workers.remove(worker);
            }
            note("there is no thread for a context", noThread);
        }
    }

    private Turn next(Worker worker) {
        lock.lock();
        idle++;
        try {
            long nanos = bounds.idleMax().toNanos();
            while (queue.isEmpty() && !isClosed && !worker.isOutdated()) {
                if (nanos <= 0 && workers.size() > 1) {
                    workers.remove(worker);
                    return new Turn.End();
                }
                try {
                    nanos = workCame.awaitNanos(nanos <= 0 ? bounds.idleMax().toNanos() : nanos);
                } catch (InterruptedException stray) {
                    // Interrupts are meant for handlers; one that comes late is of no use.
                    nanos = bounds.idleMax().toNanos();
                }
            }
            if (isClosed) {
                return new Turn.End();
            }
            if (worker.isOutdated()) {
                return new Turn.Replace();
            }
            // Taken out last: nothing may fail between the queue and the worker.
            Turn turn = new Turn.Run(queue.getFirst().work());
            queue.removeFirst();
            return turn;
        } finally {
            idle--;
            lock.unlock();
        }
    }

    private void watchQueue() {
        while (!isClosed()) {
            try {
                Thread.sleep(LOOK_INTERVAL);
                giveStuckBack();
                writeOff();
            } catch (InterruptedException closing) {
                return;
            } catch (RuntimeException | Error problem) {
                // What waits depends on the next look.
                note("looking for steps that wait failed", problem);
            }
        }
    }

    private void giveStuckBack() {
        List<GuestWork> stuck = takeStuck();
        stuck.forEach(GuestWork::giveBack);
        if (!stuck.isEmpty()) {
            log.atWarn()
                    .addKeyValue("language", name)
                    .addKeyValue("steps", stuck.size())
                    .log("every context is held by a handler that runs for long; steps that wait are given back");
        }
    }

    private void writeOff() {
        List<Worker> gone;
        lock.lock();
        try {
            lost.removeIf(worker -> !worker.isAlive());
            gone = workers.stream()
                    .filter(Worker::doesNotLeave)
                    .limit(LOST_MAX - (long) lost.size())
                    .toList();
            workers.removeAll(gone);
            lost.addAll(gone);
            if (!queue.isEmpty() && !gone.isEmpty()) {
                start();
            }
        } finally {
            lock.unlock();
        }
        gone.forEach(worker -> log.atError()
                .addKeyValue("language", name)
                .addKeyValue("thread", worker.getName())
                .log("a handler cannot be stopped: its thread computes on, and another context takes its place. Restart"
                        + " the worker if this goes on"));
    }

    private boolean isLost(Worker worker) {
        lock.lock();
        try {
            return lost.contains(worker);
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return isClosed;
        } finally {
            lock.unlock();
        }
    }

    /// Logs what a thread has survived, if there is memory enough to do so.
    private void note(String message, Throwable problem) {
        try {
            log.atError().addKeyValue("language", name).setCause(problem).log(message);
        } catch (RuntimeException | Error silent) {
            Thread.onSpinWait();
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
                .map(worker -> Thread.ofPlatform().daemon().start(worker::endSession))
                .toList();
        closing.forEach(thread -> awaitEnd(thread, deadline));
        running.forEach(worker -> awaitEnd(worker, deadline));
    }

    private final class Worker extends Thread {
        private volatile @Nullable GuestSession session;
        private volatile long runsSinceNanos;
        /// Since when its context is seen to be closed under it; for the watch only.
        private long closedSinceNanos;
        private long calls;
        private int sessionGeneration;

        Worker(int number) {
            // A group of its own tells which threads handlers start in its context.
            super(
                    new ThreadGroup(GuestPool.this.name),
                    null,
                    "tasker-" + GuestPool.this.name + "-" + number,
                    STACK_BYTES);
            setDaemon(true);
        }

        @Override
        public void run() {
            boolean isPrepared = false;
            boolean goesOn = true;
            while (goesOn) {
                try {
                    if (!isPrepared) {
                        initializeFragileClasses();
                        isPrepared = true;
                    }
                    goesOn = take(next(this));
                } catch (RuntimeException | Error problem) {
                    // Others wait for this thread, whatever it was: a heap without room for one more object, say.
                    note("a context has failed and is replaced", problem);
                    closeSession();
                }
                Thread.interrupted();
                goesOn = goesOn && !isLost(this);
            }
            closeSession();
        }

        /// @return whether there is a next turn
        private boolean take(Turn turn) {
            switch (turn) {
                case Turn.Run(GuestWork work) -> runOne(work);
                case Turn.Replace _ -> replace();
                case Turn.End _ -> {
                    return false;
                }
            }
            return true;
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

        /// Whether it has been inside of a context that is closed for too long.
        boolean doesNotLeave() {
            GuestSession current = session;
            if (runsSinceNanos == 0 || current == null || current.isUsable()) {
                closedSinceNanos = 0;
                return false;
            }
            long now = System.nanoTime() | 1;
            closedSinceNanos = closedSinceNanos == 0 ? now : closedSinceNanos;
            return now - closedSinceNanos > LEAVE_MAX.toNanos();
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
            } catch (RuntimeException | Error problem) {
                work.refuse(new IllegalStateException("the context has failed: " + problem, problem));
                throw problem;
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
                note("a context could not be replaced", problem);
            }
        }

        /// Ends what runs; from any thread.
        void endSession() {
            GuestSession current = session;
            if (current != null) {
                current.close();
            }
        }

        private void closeSession() {
            GuestSession current = session;
            session = null;
            try {
                if (current != null) {
                    current.close();
                }
            } catch (RuntimeException | Error problem) {
                note("a context could not be closed", problem);
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
