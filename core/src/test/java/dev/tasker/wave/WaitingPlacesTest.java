package dev.tasker.wave;

import static dev.tasker.wave.FirstWaiting.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import dev.tasker.identity.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WaitingPlacesTest {
    private static final HandlerKey JAVA = new HandlerKey(HandlerRuntime.JAVA, "a");
    private static final HandlerKey RUBY = new HandlerKey(HandlerRuntime.RUBY, "b");
    private static final FirstWaiting FIRST = new FirstWaiting(0, Instant.EPOCH);
    private static final Map<HandlerKey, FirstWaiting> UNKNOWN = Map.of();
    private static final Map<HandlerKey, FirstWaiting> NOT_TOLD = Map.of();

    private final AtomicLong nanos = new AtomicLong();
    private final WaitingPlaces places = new WaitingPlaces(nanos::get);

    @Test
    void aWaveBeginsWhereTheOneBeforeItHasFoundTheFirstStep() {
        assertThat(next()).isEmpty();
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));

        assertThat(next()).containsExactly(Map.entry(JAVA, FIRST));
        assertThat(places.next(Set.of(RUBY))).isEmpty();
    }

    @Test
    void atIntervalsAWaveLooksFromTheBeginning() {
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));

        pass(WaitingPlaces.LOOK_BACK.minusNanos(1));
        found(taking(0, Map.of(JAVA, FIRST)), telling(Map.of(JAVA, FIRST)));
        assertThat(next()).containsEntry(JAVA, FIRST);
        pass(Duration.ofNanos(1));
        assertThat(next()).isEmpty();
        assertThat(next()).as("while one looks, the others go on").containsEntry(JAVA, FIRST);
        FirstWaiting earlier = new FirstWaiting(1, Instant.EPOCH);
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, earlier)));
        assertThat(next()).containsEntry(JAVA, earlier);
    }

    @Test
    void aWaveIsReplacedWhoseAnswerDoesNotCome() {
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));
        pass(WaitingPlaces.LOOK_BACK);
        assertThat(next()).isEmpty();

        pass(WaitingPlaces.LOOK_BACK.minusNanos(1));
        assertThat(next()).containsEntry(JAVA, FIRST);
        pass(Duration.ofNanos(1));
        assertThat(next()).isEmpty();
    }

    @Test
    void whoCreatesTasksLeavesLookingToTheWaves() {
        assertThat(places.known(Set.of(JAVA))).isEmpty();
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));
        pass(WaitingPlaces.LOOK_BACK);

        assertThat(places.known(Set.of(JAVA, RUBY))).containsExactly(Map.entry(JAVA, FIRST));
        assertThat(next()).isEmpty();
    }

    @Test
    void whereAWaveHasClaimedAllThatWaitedNothingIsLookedFor() {
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));

        found(taking(1, Map.of(JAVA, FIRST)), telling(Map.of(JAVA, FIRST)));
        assertThat(next()).as("slots were left").containsEntry(JAVA, NONE);

        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));
        found(taking(0, Map.of(JAVA, FIRST)), telling(NOT_TOLD));
        assertThat(next()).as("nothing was found from there on").containsEntry(JAVA, NONE);

        found(taking(1, UNKNOWN), telling(Map.of(JAVA, FIRST)));
        assertThat(next()).containsEntry(JAVA, NONE);
    }

    @Test
    void whereNothingHasWaitedNothingIsLookedForForAWhile() {
        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));

        assertThat(next()).containsExactly(Map.entry(JAVA, NONE));
        found(taking(3, Map.of(JAVA, NONE)), telling(NOT_TOLD));
        pass(WaitingPlaces.LOOK_BACK.minusNanos(1));
        assertThat(next()).containsEntry(JAVA, NONE);
        pass(Duration.ofNanos(1));
        assertThat(next()).isEmpty();
    }

    @Test
    void whatTheWorkerMakesReadyItselfIsLookedForThere() {
        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));

        places.ready(FIRST);
        assertThat(next()).containsEntry(JAVA, FIRST);
        places.ready(new FirstWaiting(0, Instant.EPOCH.plusSeconds(1)));
        assertThat(next()).as("it is behind that").containsEntry(JAVA, FIRST);
        places.ready(new FirstWaiting(1, Instant.EPOCH.plusSeconds(1)));
        assertThat(next()).as("it goes first").containsEntry(JAVA, new FirstWaiting(1, Instant.EPOCH.plusSeconds(1)));

        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));
        found(taking(3, Map.of(JAVA, NONE)), leaving(FIRST));
        assertThat(next()).as("children were left").containsEntry(JAVA, FIRST);
    }

    @Test
    void aWaveThatWasOnItsWayHasNotSeenWhatWasMadeReadyMeanwhile() {
        long begun = places.turn();
        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));
        places.ready(FIRST);

        places.found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)), begun);
        assertThat(next()).containsEntry(JAVA, FIRST);

        found(taking(1, Map.of(JAVA, FIRST)), telling(Map.of(JAVA, FIRST)));
        assertThat(next()).as("a later one has seen it").containsEntry(JAVA, NONE);
    }

    @Test
    void aStepThatIsGivenBackIsLookedForFromTheBeginning() {
        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));

        found(
                request(Map.of(JAVA, 3), Map.of(JAVA, NONE), Outcome.release(new StepId(1), new ClaimId(1))),
                telling(NOT_TOLD));

        assertThat(next()).isEmpty();
    }

    @Test
    void aWaveForOneTaskTellsOnlyOfWhatItHasMadeReady() {
        found(taking(3, UNKNOWN), telling(Map.of(JAVA, NONE)));

        found(forOneTask(), telling(NOT_TOLD));
        assertThat(next()).containsEntry(JAVA, NONE);
        found(forOneTask(), leaving(FIRST));
        assertThat(next()).containsEntry(JAVA, FIRST);
        found(forOneTask(Outcome.release(new StepId(1), new ClaimId(1))), telling(NOT_TOLD));
        assertThat(next()).isEmpty();
    }

    @Test
    void aWaveWithoutSlotsTellsWhereStepsWait() {
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, NONE)));

        assertThat(next()).containsEntry(JAVA, NONE);
    }

    @Test
    void whatMayHaveBecomeReadyIsLookedFor() {
        found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)));
        WaveRequest onItsWay = taking(0, next());

        long begun = places.turn();
        places.forget();

        assertThat(next()).isEmpty();
        places.found(onItsWay, telling(Map.of(JAVA, FIRST)), begun);
        places.found(taking(0, UNKNOWN), telling(Map.of(JAVA, FIRST)), begun);
        assertThat(next()).as("waves that were on their way have not looked").isEmpty();
    }

    @Test
    void aRuntimeWithoutSlotsKeepsItsPlaceWhileAnotherOneHasSome() {
        Map<HandlerKey, Integer> slots = Map.of(JAVA, 5, RUBY, 0);

        found(request(slots, UNKNOWN), telling(Map.of(JAVA, NONE, RUBY, FIRST)));

        assertThat(places.next(Set.of(JAVA, RUBY))).isEqualTo(Map.of(JAVA, NONE, RUBY, FIRST));
    }

    @Test
    void nothingIsKnownOfHandlersThatAWaveDoesNotTellOf() {
        found(taking(1, UNKNOWN), telling(NOT_TOLD));

        assertThat(next()).isEmpty();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private Map<HandlerKey, FirstWaiting> next() {
        return places.next(Set.of(JAVA));
    }

    private static WaveRequest taking(int slots, Map<HandlerKey, FirstWaiting> from) {
        return request(Map.of(JAVA, slots), from);
    }

    private static WaveRequest request(
            Map<HandlerKey, Integer> slots, Map<HandlerKey, FirstWaiting> from, Outcome... outcomes) {
        return new WaveRequest(
                List.of(outcomes),
                new WorkerId("w"),
                slots,
                Map.of(),
                slots.values().stream().mapToInt(Integer::intValue).sum(),
                Duration.ofSeconds(15),
                Optional.empty(),
                from);
    }

    private static WaveRequest forOneTask(Outcome... outcomes) {
        return new WaveRequest(
                List.of(outcomes),
                new WorkerId("w"),
                Map.of(JAVA, 3),
                3,
                Duration.ofSeconds(15),
                Optional.of(new TaskId(1)));
    }

    /// A wave that begins now, and is over at once.
    private void found(WaveRequest request, WaveResult result) {
        places.found(request, result, places.turn());
    }

    private static WaveResult telling(Map<HandlerKey, FirstWaiting> waiting) {
        return new WaveResult(List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty(), waiting);
    }

    private static WaveResult leaving(FirstWaiting left) {
        return new WaveResult(List.of(), List.of(), List.of(), List.of(), List.of(), Optional.of(left), NOT_TOLD);
    }
}
