package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.StoreUnavailableException;
import dev.tasker.identity.TaskId;
import dev.tasker.request.TaskRequest;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.NewTask;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.task.StepAdjustments;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GroupedCreationTest {
    private static final RegisteredTemplate TEMPLATE = new RegisteredTemplate(1, Workflows.template("a"));

    private final Shop shop = new Shop();

    private final GroupedCreation creation = new GroupedCreation(shop::store);

    @Test
    void aCallerThatIsAloneStoresItsTaskAtOnce() {
        shop.open();

        assertThat(creation.create(task("one")).created()).isTrue();
        assertThat(shop.calls).containsExactly(List.of("one"));
    }

    @Test
    void callersThatWaitForOthersAreStoredTogether() throws Exception {
        List<CompletableFuture<CreatedTask>> all = threeWaitBehindOne("three", "four", "five");

        shop.open();

        for (CompletableFuture<CreatedTask> one : all.subList(1, 4)) {
            assertThat(one.get().created()).isTrue();
        }
        assertThat(shop.calls).containsExactly(List.of("one"), List.of("three", "four", "five"));
    }

    @Test
    void aDuplicateConcernsItsCallerOnly() throws Exception {
        shop.existing = "four";
        List<CompletableFuture<CreatedTask>> all = threeWaitBehindOne("three", "four", "five");

        shop.open();

        assertThat(all.get(1).get().created()).isTrue();
        assertThatThrownBy(() -> all.get(2).get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("task 99 has the same identity");
        assertThat(all.get(3).get().created()).isTrue();
    }

    @Test
    void aGroupThatIsRefusedIsStoredOneByOne() throws Exception {
        shop.refused = "four";
        List<CompletableFuture<CreatedTask>> all = threeWaitBehindOne("three", "four", "five");

        shop.open();

        assertThat(all.get(1).get().created()).isTrue();
        assertThatThrownBy(() -> all.get(2).get()).cause().hasMessage("refused: four");
        assertThat(all.get(3).get().created()).isTrue();
    }

    @Test
    void aDatabaseThatIsAwayIsToldToEveryCallerAndNothingIsTriedTwice() throws Exception {
        List<CompletableFuture<CreatedTask>> all = threeWaitBehindOne("three", "four", "five");
        shop.isAway = true;

        shop.open();

        for (CompletableFuture<CreatedTask> one : all.subList(1, 4)) {
            assertThatThrownBy(one::get).cause().isInstanceOf(StoreUnavailableException.class);
        }
        assertThat(shop.calls).hasSize(2);
    }

    /// A call is in flight, and these callers wait.
    private List<CompletableFuture<CreatedTask>> threeWaitBehindOne(String... names) {
        List<CompletableFuture<CreatedTask>> all = new ArrayList<>();
        all.add(inBackground("one"));
        await().until(() -> shop.entered.get() == GroupedCreation.CALLS_MAX);
        for (int index = 0; index < names.length; index++) {
            all.add(inBackground(names[index]));
            int waiting = index + 1;
            await().until(() -> creation.waiting() == waiting);
        }
        return all;
    }

    private CompletableFuture<CreatedTask> inBackground(String name) {
        CompletableFuture<CreatedTask> created = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                created.complete(creation.create(task(name)));
            } catch (RuntimeException problem) {
                created.completeExceptionally(problem);
            }
        });
        return created;
    }

    private static NewTask task(String name) {
        return new NewTask(TEMPLATE, TaskRequest.builder(Map.of()).build(), name, StepAdjustments.NONE);
    }

    /// Stores tasks when it is open.
    private static final class Shop {
        private final CountDownLatch isOpen = new CountDownLatch(1);
        private final AtomicInteger entered = new AtomicInteger();
        private final AtomicLong ids = new AtomicLong();
        private final List<List<String>> calls = Collections.synchronizedList(new ArrayList<>());
        private volatile String existing = "";
        private volatile String refused = "";
        private volatile boolean isAway;

        void open() {
            isOpen.countDown();
        }

        List<CreatedTask> store(List<NewTask> tasks, Duplicates duplicates) {
            boolean wasAway = isAway;
            entered.incrementAndGet();
            try {
                isOpen.await();
            } catch (InterruptedException problem) {
                throw new IllegalStateException(problem);
            }
            List<String> names = tasks.stream().map(NewTask::identityHash).toList();
            calls.add(names);
            if (wasAway) {
                throw new StoreUnavailableException(ErrorCode.DATABASE_UNAVAILABLE, "away", Map.of());
            }
            if (names.contains(refused)) {
                throw new IllegalStateException("refused: " + refused);
            }
            return names.stream()
                    .map(name -> name.equals(existing)
                            ? new CreatedTask(new TaskId(99), false, false)
                            : new CreatedTask(new TaskId(ids.incrementAndGet()), true, false))
                    .toList();
        }
    }
}
