package dev.tasker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.WorkerId;
import dev.tasker.wave.FirstWaiting;
import dev.tasker.wave.WaveRequest;
import dev.tasker.wave.WaveResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WaitingPlacesTest {
    private static final Map<HandlerKey, FirstWaiting> PLACE =
            Map.of(new HandlerKey(HandlerRuntime.JAVA, "a"), new FirstWaiting(0, Instant.EPOCH));

    private final AtomicLong nanos = new AtomicLong();
    private final WaitingPlaces places = new WaitingPlaces(nanos::get);

    @Test
    void aWaveBeginsWhereTheOneBeforeItHasFoundTheFirstStep() {
        assertThat(places.next()).isEmpty();
        assertThat(places.found(request(Map.of(), 0), found(PLACE))).isFalse();

        assertThat(places.next()).isEqualTo(PLACE);
    }

    @Test
    void atIntervalsAWaveLooksFromTheBeginning() {
        places.found(request(Map.of(), 0), found(PLACE));

        nanos.addAndGet(WaitingPlaces.LOOK_BACK.toNanos() - 1);
        places.found(request(PLACE, 0), found(PLACE));
        assertThat(places.next()).isEqualTo(PLACE);
        nanos.addAndGet(1);
        assertThat(places.next()).isEmpty();
        assertThat(places.next()).as("until one has looked").isEmpty();
        places.found(request(Map.of(), 0), found(PLACE));
        assertThat(places.next()).isEqualTo(PLACE);
    }

    @Test
    void aWaveThatFindsTooLittleIsFollowedByOneThatLooksFromTheBeginning() {
        places.found(request(Map.of(), 0), found(PLACE));

        assertThat(places.found(request(PLACE, 1), found(PLACE))).isTrue();
        assertThat(places.next()).isEmpty();
        assertThat(places.found(request(Map.of(), 1), found(PLACE))).isFalse();
        assertThat(places.next()).isEmpty();
    }

    private static WaveRequest request(Map<HandlerKey, FirstWaiting> from, int claimLimit) {
        return new WaveRequest(
                List.of(),
                new WorkerId("w"),
                Map.of(),
                Map.of(),
                claimLimit,
                Duration.ofSeconds(15),
                Optional.empty(),
                from);
    }

    private static WaveResult found(Map<HandlerKey, FirstWaiting> waiting) {
        return new WaveResult(List.of(), List.of(), List.of(), List.of(), List.of(), false, waiting);
    }
}
