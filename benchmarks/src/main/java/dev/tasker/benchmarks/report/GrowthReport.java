package dev.tasker.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.round.RoundResult;
import dev.tasker.server.output.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// How Tasker grows; what `growth.json` holds.
///
/// @param inFlight a chain of 6 with more and more tasks in flight
/// @param steps    longer and longer chains with 32 tasks in flight
public record GrowthReport(
        @JsonProperty("machine") Machine machine,
        @JsonProperty("postgres") Postgres postgres,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("in_flight") List<Point> inFlight,
        @JsonProperty("steps") List<Point> steps) {

    /// One measurement.
    public record Point(
            @JsonProperty("steps_per_task") int stepsPerTask,
            @JsonProperty("in_flight") int inFlight,
            @JsonProperty("round") int round,
            @JsonProperty("steps_per_second") double stepsPerSecond,
            @JsonProperty("p50_ms") double p50Millis,
            @JsonProperty("p99_ms") double p99Millis,
            @JsonProperty("statements_per_step") double statementsPerStep,
            @JsonProperty("cpu_seconds_per_1000_steps") double cpuSecondsPer1000Steps) {

        /// What is measured.
        public record Size(int steps, int inFlight, int round) {}

        public static Point of(Size size, RoundResult result) {
            return new Point(
                    size.steps,
                    size.inFlight,
                    size.round,
                    result.stepsPerSecond(),
                    result.p50Millis(),
                    result.p99Millis(),
                    result.statementsPerStep(),
                    result.cpuSecondsPer1000Steps());
        }
    }

    /// The same for people: medians of all rounds.
    public String table() {
        return table("IN FLIGHT, CHAIN OF 6", medians(inFlight, Point::inFlight, Point::stepsPerSecond))
                + "\n"
                + table("STEPS, 32 IN FLIGHT", medians(steps, Point::stepsPerTask, Point::stepsPerSecond));
    }

    static SortedMap<Integer, Double> medians(
            List<Point> points, ToIntFunction<Point> size, ToDoubleFunction<Point> value) {
        return points.stream()
                .collect(Collectors.groupingBy(
                        size::applyAsInt,
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.mapping(value::applyAsDouble, Collectors.toList()), Median::of)));
    }

    private static String table(String size, SortedMap<Integer, Double> medians) {
        TextTable table = new TextTable(size, "STEPS/S");
        medians.forEach((key, value) -> table.row(String.valueOf(key), String.format(Locale.ROOT, "%,.0f", value)));
        return table.toString();
    }
}
