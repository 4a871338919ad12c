package dev.tasker.polyglot.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How contexts come and go, with sessions that do in Java what a test says.
@Timeout(60)
class GuestPoolTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final long NEVER = Long.MAX_VALUE;

    private final List<GuestPool> pools = new ArrayList<>();
    private final Queue<Session> opened = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        pools.forEach(GuestPool::close);
    }

    private GuestPool pool(int contextsMax) {
        return pool(contextsMax, NEVER, LONG);
    }

    private GuestPool pool(int contextsMax, long callsMax, Duration idleMax) {
        return pool(new GuestPool.Bounds(contextsMax, callsMax, idleMax), Session::new);
    }

    private GuestPool pool(GuestPool.Bounds bounds, Supplier<Session> sessions) {
        GuestPool pool = new GuestPool("test", bounds, () -> {
            Session session = sessions.get();
            opened.add(session);
            return session;
        });
        pools.add(pool);
        return pool;
    }

    @Test
    void thereAreAsManyContextsAsWorkAtOnceUpToTheBound() {
        GuestPool pool = pool(3);
        run(pool, _ -> {});
        assertThat(pool.contexts()).isEqualTo(1);

        Gate gate = new Gate();
        List<Work> held = submit(pool, 5, _ -> gate.pass());
        gate.awaitArrivals(3);

        assertThat(pool.contexts()).isEqualTo(3);
        assertThat(held).filteredOn(work -> work.session.get() != null).hasSize(3);
        gate.open();
        held.forEach(Work::awaitRun);
        assertThat(opened).hasSize(3);
    }

    @Test
    void contextsThatAreIdleForLongAreClosedButForTheLast() {
        GuestPool pool = pool(3, NEVER, Duration.ofMillis(50));
        Gate gate = new Gate();
        List<Work> works = submit(pool, 3, _ -> gate.pass());
        gate.awaitArrivals(3);
        gate.open();
        works.forEach(Work::awaitRun);

        await(() -> opened.stream().filter(Session::isClosed).count() == 2);

        assertThat(pool.contexts()).isEqualTo(1);
        Work later = run(pool, _ -> {});
        assertThat(later.session.get().isClosed()).isFalse();
        assertThat(opened).hasSize(3);
    }

    @Test
    void contextIsReplacedAfterItsCalls() {
        GuestPool pool = pool(1, 3, LONG);

        List<Session> used = new ArrayList<>();
        for (int call = 0; call < 7; call++) {
            used.add(run(pool, _ -> {}).session.get());
        }

        assertThat(used.subList(0, 3)).containsOnly(used.get(0));
        assertThat(used.subList(3, 6)).containsOnly(used.get(3)).doesNotContain(used.get(0));
        await(() -> used.get(3).isClosed());
        assertThat(used.get(0).closings.get()).isEqualTo(1);
    }

    @Test
    void whatRunsFinishesInItsContextWhenAllAreReplacedAndWhatWaitsRunsInAFreshOne() {
        GuestPool pool = pool(2);
        Gate first = new Gate();
        List<Work> works = submit(pool, 2, _ -> first.pass());
        first.awaitArrivals(2);
        first.open();
        works.forEach(Work::awaitRun);
        List<Session> old = List.copyOf(opened);
        Gate gate = new Gate();
        Work running = submit(pool, 1, _ -> gate.pass()).getFirst();
        gate.awaitArrivals(1);
        Work waiting = submit(pool, 1, _ -> gate.pass()).getFirst();
        gate.awaitArrivals(2);

        pool.replaceAll();
        Work late = submit(pool, 1, _ -> {}).getFirst();
        assertThat(old).noneMatch(Session::isClosed);
        gate.open();

        running.awaitRun();
        waiting.awaitRun();
        late.awaitRun();
        assertThat(old).contains(running.session.get(), waiting.session.get());
        assertThat(old).doesNotContain(late.session.get());
        await(() -> old.stream().allMatch(Session::isClosed));
    }

    @Test
    void idleContextsAreReplacedAtOnce() {
        GuestPool pool = pool(1);
        Session old = run(pool, _ -> {}).session.get();

        pool.replaceAll();

        await(() -> old.isClosed() && opened.size() == 2);
        assertThat(run(pool, _ -> {}).session.get()).isNotSameAs(old);
        assertThat(opened).hasSize(2);
    }

    @Test
    void workThatComesWhileAContextIsReplacedIsDoneInTheNewOne() {
        Gate opening = new Gate();
        AtomicInteger openings = new AtomicInteger();
        GuestPool pool = pool(new GuestPool.Bounds(1, NEVER, LONG), () -> {
            if (openings.incrementAndGet() == 2) {
                opening.pass();
            }
            return new Session();
        });
        Session old = run(pool, _ -> {}).session.get();
        pool.replaceAll();
        opening.awaitArrivals(1);

        Work work = submit(pool, 1, _ -> {}).getFirst();
        // Once more while it opens: then it is out of date when it is open.
        pool.replaceAll();
        opening.open();

        work.awaitRun();
        assertThat(work.session.get()).isNotSameAs(old);
        await(() -> opened.stream().filter(session -> !session.isClosed()).count() == 1);
    }

    @Test
    void attemptsThatWaitForContextsThatAreHeldForLongAreGivenBackAndOtherWorkWaitsOn() {
        GuestPool pool = pool(1);
        Gate gate = new Gate();
        Work holder = submit(pool, 1, _ -> gate.pass()).getFirst();
        gate.awaitArrivals(1);
        Work attempt = new Work(_ -> {}, true);
        pool.submit(attempt);
        Work load = submit(pool, 1, _ -> {}).getFirst();

        assertThat(attempt.awaitEnd()).isEqualTo("given back");
        assertThat(load.end.get()).isNull();
        gate.open();
        load.awaitRun();
        holder.awaitRun();
    }

    @Test
    void slotsGrowWhileHandlersAreShortAndShrinkWhileOneIsLong() {
        GuestPool pool = pool(2);
        assertThat(pool.slots()).isEqualTo(2);
        for (int call = 0; call < 500; call++) {
            run(pool, _ -> {});
        }
        int many = pool.slots();
        assertThat(many).isGreaterThan(20).isLessThanOrEqualTo(128);

        Gate gate = new Gate();
        Work held = submit(pool, 1, _ -> gate.pass()).getFirst();
        gate.awaitArrivals(1);
        await(() -> pool.slots() == 2);
        gate.open();
        held.awaitRun();

        await(() -> pool.slots() > 2);
    }

    @Test
    void handlerThatFloodsDelaysAnotherOnlyByWhatCameBefore() {
        GuestPool pool = pool(1);
        AtomicInteger floods = new AtomicInteger();
        AtomicReference<Runnable> again = new AtomicReference<>(() -> {});
        again.set(() -> submit(pool, 1, _ -> {
            floods.incrementAndGet();
            again.get().run();
        }));
        Gate gate = new Gate();
        submit(pool, 1, _ -> gate.pass());
        gate.awaitArrivals(1);
        for (int number = 0; number < 10; number++) {
            again.get().run();
        }
        AtomicInteger before = new AtomicInteger();
        Work other = submit(pool, 1, _ -> before.set(floods.get())).getFirst();
        gate.open();

        other.awaitRun();
        assertThat(before.get()).isEqualTo(10);
        again.set(() -> {});
    }

    @Test
    void errorInAContextIsToldAndTheNextWorkRunsInAFreshOne() {
        GuestPool pool = pool(1);
        Work deadly = submit(pool, 1, _ -> {
                    throw new OutOfMemoryError("no room");
                })
                .getFirst();

        assertThat(deadly.awaitEnd()).contains("refused").contains("no room");
        Work next = run(pool, _ -> {});

        assertThat(next.session.get()).isNotSameAs(deadly.session.get());
        await(() -> deadly.session.get().isClosed());
        assertThat(pool.contexts()).isEqualTo(1);
    }

    @Test
    void contextThatCannotBeOpenedIsToldAndTriedAgain() {
        AtomicInteger openings = new AtomicInteger();
        GuestPool pool = pool(new GuestPool.Bounds(1, NEVER, LONG), () -> {
            if (openings.incrementAndGet() <= 2) {
                throw new StackOverflowError("not yet");
            }
            return new Session();
        });

        assertThat(submit(pool, 1, _ -> {}).getFirst().awaitEnd())
                .contains("cannot start test")
                .contains("not yet");
        assertThat(submit(pool, 1, _ -> {}).getFirst().awaitEnd()).contains("refused");
        run(pool, _ -> {});
        assertThat(openings.get()).isEqualTo(3);
    }

    @Test
    void contextThatCannotBeClosedIsReplacedAllTheSame() {
        AtomicInteger openings = new AtomicInteger();
        GuestPool pool = pool(new GuestPool.Bounds(1, 1, LONG), () -> new Session(openings.incrementAndGet() == 1));

        Session stubborn = run(pool, _ -> {}).session.get();

        assertThat(run(pool, _ -> {}).session.get()).isNotSameAs(stubborn);
    }

    @Test
    void contextThatBrokeIsClosedAndReplaced() {
        GuestPool pool = pool(1);

        Session broken = run(pool, session -> session.isUsable = false).session.get();

        assertThat(run(pool, _ -> {}).session.get()).isNotSameAs(broken);
        assertThat(broken.closings.get()).isEqualTo(1);
    }

    @Test
    void contextThatItsThreadDoesNotLeaveIsWrittenOffAndAnotherTakesItsPlace() {
        GuestPool pool = pool(1);
        Gate gate = new Gate();
        Work stuck = submit(pool, 1, session -> {
                    session.isUsable = false;
                    gate.pass();
                })
                .getFirst();
        gate.awaitArrivals(1);

        Work next = run(pool, _ -> {});

        assertThat(next.session.get()).isNotSameAs(stuck.session.get());
        assertThat(pool.contexts()).isEqualTo(1);
        gate.open();
        stuck.awaitRun();
        await(() -> stuck.session.get().isClosed());
        assertThat(run(pool, _ -> {}).session.get()).isSameAs(next.session.get());
    }

    @Test
    void interruptThatIsLeftOverDoesNotReachTheNextWork() {
        GuestPool pool = pool(1);
        run(pool, _ -> Thread.currentThread().interrupt());

        AtomicReference<Boolean> flag = new AtomicReference<>();
        run(pool, _ -> flag.set(Thread.currentThread().isInterrupted()));

        assertThat(flag.get()).isFalse();
    }

    /// A worker that waits must not be counted twice: the pool would open no other context for the second work.
    @Test
    void interruptThatReachesAWaitingContextChangesNothing() {
        GuestPool pool = pool(2);
        AtomicReference<Thread> thread = new AtomicReference<>();
        run(pool, _ -> thread.set(Thread.currentThread()));
        await(() -> thread.get().getState() == Thread.State.TIMED_WAITING);
        thread.get().interrupt();
        await(() -> !thread.get().isInterrupted() && thread.get().getState() == Thread.State.TIMED_WAITING);

        CountDownLatch both = new CountDownLatch(2);
        List<Work> works = submit(pool, 2, _ -> {
            both.countDown();
            awaitLatch(both);
        });

        works.forEach(Work::awaitRun);
        assertThat(opened).hasSize(2);
    }

    @Test
    void closingEndsWhatRunsAndRefusesWhatWaitsAndWhatComesLater() {
        GuestPool pool = pool(1);
        Gate started = new Gate();
        Work running = submit(pool, 1, session -> {
                    started.arrive();
                    awaitLatch(session.closed);
                })
                .getFirst();
        started.awaitArrivals(1);
        Work waiting = submit(pool, 1, _ -> {}).getFirst();

        pool.close();
        pool.close();

        assertThat(waiting.awaitEnd()).contains("closes");
        running.awaitRun();
        assertThat(submit(pool, 1, _ -> {}).getFirst().awaitEnd()).contains("closed or overloaded");
        assertThat(opened).hasSize(1).allMatch(Session::isClosed);
    }

    @Test
    void contextThatIsOpenedWhileThePoolClosesIsClosedToo() {
        Gate opening = new Gate();
        GuestPool pool = pool(new GuestPool.Bounds(1, NEVER, LONG), () -> {
            opening.pass();
            return new Session();
        });
        Work work = submit(pool, 1, _ -> {}).getFirst();
        opening.awaitArrivals(1);

        Thread closing = Thread.ofPlatform().start(pool::close);
        await(() -> submit(pool, 1, _ -> {}).getFirst().awaitEnd().contains("closed"));
        opening.open();

        work.awaitEnd();
        awaitEnd(closing);
        await(() -> opened.stream().allMatch(Session::isClosed));
    }

    private List<Work> submit(GuestPool pool, int count, Action action) {
        List<Work> works = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            Work work = new Work(action, false);
            works.add(work);
            pool.submit(work);
        }
        return works;
    }

    private Work run(GuestPool pool, Action action) {
        Work work = submit(pool, 1, action).getFirst();
        work.awaitRun();
        return work;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static void awaitEnd(Thread thread) {
        try {
            assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private interface Action {
        void run(Session session);
    }

    /// Where works wait until they may go on.
    private static final class Gate {
        private final Semaphore arrivals = new Semaphore(0);
        private final CountDownLatch open = new CountDownLatch(1);
        private int seen;

        void arrive() {
            arrivals.release();
        }

        void pass() {
            arrive();
            awaitLatch(open);
        }

        /// @param count since the gate was made
        void awaitArrivals(int count) {
            try {
                assertThat(arrivals.tryAcquire(count - seen, 30, TimeUnit.SECONDS))
                        .isTrue();
                seen = count;
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }

        void open() {
            open.countDown();
        }
    }

    private static final class Session implements GuestSession {
        private final CountDownLatch closed = new CountDownLatch(1);
        private final AtomicInteger closings = new AtomicInteger();
        private final boolean isStubborn;
        private volatile boolean isUsable = true;

        Session() {
            this(false);
        }

        Session(boolean isStubborn) {
            this.isStubborn = isStubborn;
        }

        boolean isClosed() {
            return closings.get() > 0;
        }

        @Override
        public void run(GuestWork work) {
            ((Work) work).run(this);
        }

        @Override
        public boolean isUsable() {
            return isUsable;
        }

        @Override
        public void close() {
            closings.incrementAndGet();
            closed.countDown();
            if (isStubborn) {
                throw new IllegalStateException("will not close");
            }
        }
    }

    private static final class Work implements GuestWork {
        private final Action action;
        private final boolean isReturnable;
        private final AtomicReference<Session> session = new AtomicReference<>();
        private final AtomicReference<String> end = new AtomicReference<>();
        private final CountDownLatch ended = new CountDownLatch(1);

        Work(Action action, boolean isReturnable) {
            this.action = action;
            this.isReturnable = isReturnable;
        }

        void run(Session inside) {
            session.set(inside);
            action.run(inside);
            end("run");
        }

        @Override
        public boolean isReturnable() {
            return isReturnable;
        }

        @Override
        public void giveBack() {
            end("given back");
        }

        @Override
        public void refuse(RuntimeException reason) {
            end("refused: " + reason.getMessage());
        }

        private void end(String how) {
            assertThat(end.compareAndSet(null, how)).as("ends once").isTrue();
            ended.countDown();
        }

        String awaitEnd() {
            awaitLatch(ended);
            return end.get();
        }

        void awaitRun() {
            assertThat(awaitEnd()).isEqualTo("run");
        }
    }
}
