package dev.tasker.polyglot.context;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Ends the attempt that fills the heap, before the JVM has none left for all others.
///
/// The community edition of GraalVM bounds no context's memory. What can be seen is how full the heap is after
/// a collection, and how much each thread has allocated: when the heap stays nearly full, the attempt that has
/// allocated most since it began is stopped. Threads that it has started count too: each context has a thread
/// group, which they inherit. A single allocation that does not fit fails by itself, and only in its own thread.
/// One for the whole process; safe from any thread.
public final class MemoryGuard {
    /// Of the heap, after a collection; more is an emergency.
    private static final double FULL = 0.80;
    /// Of the heap; an attempt that has allocated less is not the cause.
    private static final double SUSPICIOUS = 0.20;

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(50);
    /// Threads of one context that are looked at.
    private static final int GROUP_MAX = 1_000;
    /// What a stopped attempt gets to leave its memory.
    private static final Duration PAUSE_AFTER_STOP = Duration.ofSeconds(1);

    private final Map<Thread, Running> running = new ConcurrentHashMap<>();
    private final List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isCollectionUsageThresholdSupported())
            .toList();
    private final @Nullable ThreadMXBean threads =
            ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean ? bean : null;
    private boolean isStarted;
    private volatile boolean isHeapFull;

    private MemoryGuard() {}

    private record Running(Thread thread, long allocatedBefore, Stopper stopper) {}

    /// Stops an attempt, telling why. May block.
    @FunctionalInterface
    public interface Stopper {
        void stop(String reason);
    }

    private static final class Shared {
        static final MemoryGuard GUARD = new MemoryGuard();
    }

    /// The guard of this process.
    public static MemoryGuard shared() {
        return Shared.GUARD;
    }

    /// The calling thread begins an attempt.
    public void enter(Stopper stopper) {
        Thread current = Thread.currentThread();
        running.put(current, new Running(current, allocated(current), stopper));
        startOnce();
    }

    /// The calling thread has ended its attempt.
    public void leave() {
        running.remove(Thread.currentThread());
    }

    /// Whether little of the heap is left after a collection.
    public boolean isHeapFull() {
        return isHeapFull;
    }

    private synchronized void startOnce() {
        if (!isStarted && threads != null) {
            isStarted = true;
            Thread.ofPlatform().daemon().name("tasker-memory-guard").start(this::watch);
        }
    }

    private void watch() {
        while (true) {
            try {
                Thread.sleep(LOOK_INTERVAL);
                isHeapFull = heapUsed() > FULL * Runtime.getRuntime().maxMemory();
                if (isHeapFull && stopLargest()) {
                    Thread.sleep(PAUSE_AFTER_STOP);
                    // What is known of the heap is from the last collection, when the attempt still held its memory.
                    System.gc();
                }
            } catch (InterruptedException _) {
                return;
            } catch (OutOfMemoryError _) {
                // The next look may find enough to act.
                Thread.onSpinWait();
            }
        }
    }

    private boolean stopLargest() {
        long suspicious = (long) (SUSPICIOUS * Runtime.getRuntime().maxMemory());
        Optional<Running> largest = running.values().stream()
                .filter(entry -> allocatedSince(entry) > suspicious)
                .max(Comparator.comparingLong(this::allocatedSince));
        largest.ifPresent(entry -> entry.stopper()
                .stop("it has allocated " + mebibytes(allocatedSince(entry)) + " MiB, and the heap of "
                        + mebibytes(Runtime.getRuntime().maxMemory())
                        + " MiB is full; it was stopped to keep the worker"
                        + " alive. Handle less at a time, or give the worker more memory (-Xmx)"));
        return largest.isPresent();
    }

    private long heapUsed() {
        long used = 0;
        for (MemoryPoolMXBean pool : pools) {
            MemoryUsage usage = pool.getCollectionUsage();
            used += usage == null ? 0 : usage.getUsed();
        }
        return used;
    }

    /// By the attempt's own thread since it began, and by the threads that it has started in the same context.
    private long allocatedSince(Running entry) {
        long sum = -entry.allocatedBefore();
        Thread[] group = new Thread[GROUP_MAX];
        ThreadGroup threadGroup = entry.thread().getThreadGroup();
        int count = threadGroup == null ? 0 : threadGroup.enumerate(group);
        for (int index = 0; index < count; index++) {
            sum += allocated(group[index]);
        }
        return sum;
    }

    private long allocated(Thread thread) {
        return threads == null ? 0 : threads.getThreadAllocatedBytes(thread.threadId());
    }

    private static long mebibytes(long bytes) {
        return bytes / (1024 * 1024);
    }
}
