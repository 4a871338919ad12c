package dev.tasker.wave;

import static dev.tasker.wave.FirstWaiting.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
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
        assertThat(places.found(taking(0, UNKNOWN), found(Map.of(JAVA, FIRST)))).isFalse();

        assertThat(next()).containsExactly(Map.entry(JAVA, FIRST));
        assertThat(places.next(Set.of(RUBY))).isEmpty();
    }

    @Test
    void atIntervalsAWaveLooksFromTheBeginning() {
        places.found(taking(0, UNKNOWN), found(Map.of(JAVA, FIRST)));

        pass(WaitingPlaces.LOOK_BACK.minusNanos(1));
        places.found(taking(0, Map.of(JAVA, FIRST)), found(Map.of(JAVA, FIRST)));
        assertThat(next()).containsEntry(JAVA, FIRST);
        pass(Duration.ofNanos(1));
        assertThat(next()).isEmpty();
        assertThat(next()).as("until one has looked").isEmpty();
        places.found(taking(0, UNKNOWN), found(Map.of(JAVA, FIRST)));
        assertThat(next()).containsEntry(JAVA, FIRST);
    }

    @Test
    void aWaveThatFindsTooLittleIsFollowedByOneThatLooksFromTheBeginning() {
        places.found(taking(0, UNKNOWN), found(Map.of(JAVA, FIRST)));

        assertThat(places.found(taking(1, Map.of(JAVA, FIRST)), found(Map.of(JAVA, FIRST))))
                .isTrue();
        assertThat(next()).isEmpty();
        assertThat(places.found(taking(1, UNKNOWN), found(Map.of(JAVA, FIRST)))).isFalse();
        assertThat(next()).as("that one has claimed all that waited").containsEntry(JAVA, NONE);
    }

    @Test
    void whereNothingHasWaitedNothingIsLookedForForAWhile() {
        assertThat(places.found(taking(3, UNKNOWN), found(Map.of(JAVA, NONE)))).isFalse();

        assertThat(next()).containsExactly(Map.entry(JAVA, NONE));
        assertThat(places.found(taking(3, Map.of(JAVA, NONE)), found(NOT_TOLD))).isFalse();
        pass(WaitingPlaces.LOOK_AGAIN.minusNanos(1));
        assertThat(next()).containsEntry(JAVA, NONE);
        pass(Duration.ofNanos(1));
        assertThat(next()).isEmpty();
    }

    @Test
    void aWaveThatMakesStepsReadyIsFollowedByOneThatLooks() {
        places.found(taking(3, UNKNOWN), found(Map.of(JAVA, NONE)));
        places.found(
                taking(3, Map.of(JAVA, NONE)),
                new WaveResult(List.of(), List.of(), List.of(), List.of(), List.of(), true, NOT_TOLD));
        assertThat(next()).as("children were left").isEmpty();

        places.found(taking(3, UNKNOWN), found(Map.of(JAVA, NONE)));
        places.found(
                request(Map.of(JAVA, 3), Map.of(JAVA, NONE), Outcome.release(new StepId(1), new ClaimId(1))),
                found(NOT_TOLD));
        assertThat(next()).as("a step was given back").isEmpty();
    }

    @Test
    void whatMayHaveBecomeReadyIsLookedFor() {
        places.found(taking(0, UNKNOWN), found(Map.of(JAVA, FIRST)));
        WaveRequest onItsWay = taking(0, next());

        places.forget();

        assertThat(next()).isEmpty();
        places.found(onItsWay, found(Map.of(JAVA, FIRST)));
        assertThat(next()).as("a wave that was on its way has not looked").isEmpty();
    }

    @Test
    void aRuntimeWithoutSlotsKeepsItsPlaceWhileAnotherOneHasSome() {
        Map<HandlerKey, Integer> slots = Map.of(JAVA, 5, RUBY, 0);

        assertThat(places.found(request(slots, UNKNOWN), found(Map.of(JAVA, NONE, RUBY, FIRST))))
                .isFalse();

        assertThat(places.next(Set.of(JAVA, RUBY))).isEqualTo(Map.of(JAVA, NONE, RUBY, FIRST));
    }

    @Test
    void nothingIsKnownOfHandlersThatAWaveDoesNotTellOf() {
        places.found(taking(1, UNKNOWN), found(NOT_TOLD));

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

    private static WaveResult found(Map<HandlerKey, FirstWaiting> waiting) {
        return new WaveResult(List.of(), List.of(), List.of(), List.of(), List.of(), false, waiting);
    }
}
