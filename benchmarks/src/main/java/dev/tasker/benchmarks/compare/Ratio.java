package dev.tasker.benchmarks.compare;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.benchmarks.system.MeasuredSystem;
import dev.tasker.server.benchmark.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How many times the steps per second of another system Tasker does, of the rounds in which both were measured.
///
/// @param target  null where there is none
/// @param holds   whether the median reaches the target; null where there is none
/// @param binding whether the target has to be reached
public record Ratio(
        @JsonProperty("workload") String workload,
        @JsonProperty("in_flight") int inFlight,
        @JsonProperty("peer") String peer,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("median") double median,
        @JsonProperty("min") double min,
        @JsonProperty("max") double max,
        @JsonProperty("target") @Nullable Double target,
        @JsonProperty("binding") boolean binding,
        @JsonProperty("holds") @Nullable Boolean holds) {

    private static final int BINDING_IN_FLIGHT = 32;

    /// All ratios, in the order of the results.
    public static List<Ratio> of(List<RoundResult> results) {
        List<Ratio> ratios = new ArrayList<>();
        for (RoundResult first : firstOfEach(results)) {
            ratioTo(first, results).ifPresent(ratios::add);
        }
        return ratios;
    }

    private static List<RoundResult> firstOfEach(List<RoundResult> results) {
        Map<String, RoundResult> firsts = new TreeMap<>();
        for (RoundResult result : results) {
            if (!result.system().equals(MeasuredSystem.TASKER.key())) {
                firsts.putIfAbsent(
                        "%s %09d %s".formatted(result.workload(), result.inFlight(), result.system()), result);
            }
        }
        return List.copyOf(firsts.values());
    }

    private static Optional<Ratio> ratioTo(RoundResult peer, List<RoundResult> results) {
        List<Double> quotients = new ArrayList<>();
        for (RoundResult result : results) {
            if (isLike(result, peer) && result.system().equals(peer.system())) {
                results.stream()
                        .filter(own -> isLike(own, peer)
                                && own.round() == result.round()
                                && own.system().equals(MeasuredSystem.TASKER.key()))
                        .map(own -> own.stepsPerSecond() / result.stepsPerSecond())
                        .forEach(quotients::add);
            }
        }
        return quotients.isEmpty() ? Optional.empty() : Optional.of(of(peer, quotients));
    }

    private static Ratio of(RoundResult peer, List<Double> quotients) {
        Optional<Double> target = target(peer);
        double median = Median.of(quotients);
        return new Ratio(
                peer.workload(),
                peer.inFlight(),
                peer.system(),
                quotients.size(),
                median,
                quotients.stream().min(Comparator.naturalOrder()).orElseThrow(),
                quotients.stream().max(Comparator.naturalOrder()).orElseThrow(),
                target.orElse(null),
                target.isPresent(),
                target.map(least -> median >= least).orElse(null));
    }

    private static boolean isLike(RoundResult one, RoundResult other) {
        return one.workload().equals(other.workload()) && one.inFlight() == other.inFlight();
    }

    private static Optional<Double> target(RoundResult peer) {
        if (!peer.workload().equals(Workload.W1.name()) || peer.inFlight() != BINDING_IN_FLIGHT) {
            return Optional.empty();
        }
        return switch (MeasuredSystem.named(peer.system()).orElseThrow()) {
            case DBOS_JAVA -> Optional.of(4.0);
            case DB_SCHEDULER -> Optional.of(2.5);
            case TASKER, BASELINE -> Optional.empty();
        };
    }
}
