package dev.tasker.benchmarks.history;

import dev.tasker.benchmarks.compare.Median;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Times figures on both databases in turn, in the same rounds.
final class QueryTimer {
    private static final double NANOS_PER_MILLI = 1e6;
    /// The driver prepares a statement at its fifth execution, and the server keeps a plan at the sixth after that.
    private static final int WARM_UP = 12;

    private final Side with;
    private final Side without;
    private final int rounds;

    QueryTimer(Side with, Side without, int rounds) {
        this.with = with;
        this.without = without;
        this.rounds = rounds;
    }

    List<FigureResult> time(List<Figure> figures, Consumer<FigureResult> progress) throws SQLException {
        List<FigureResult> results = new ArrayList<>();
        for (Figure figure : figures) {
            FigureResult result = time(figure);
            progress.accept(result);
            results.add(result);
        }
        return results;
    }

    private FigureResult time(Figure figure) throws SQLException {
        boolean compares = figure.ratio().isPresent();
        warmUp(figure, with);
        if (compares) {
            warmUp(figure, without);
        }
        List<Double> millisWith = new ArrayList<>();
        List<Double> millisWithout = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            List<Double> roundWith = new ArrayList<>();
            List<Double> roundWithout = new ArrayList<>();
            for (int i = 0; i < figure.repeats(); i++) {
                roundWith.add(millis(figure, with));
                if (compares) {
                    roundWithout.add(millis(figure, without));
                }
            }
            millisWith.add(Median.of(roundWith));
            if (compares) {
                millisWithout.add(Median.of(roundWithout));
            }
        }
        return result(figure, Median.of(millisWith), compares ? Median.of(millisWithout) : null);
    }

    private static void warmUp(Figure figure, Side side) throws SQLException {
        for (int i = 0; i < (figure.repeats() == 1 ? 1 : WARM_UP); i++) {
            figure.work().run(side);
        }
    }

    private static double millis(Figure figure, Side side) throws SQLException {
        long start = System.nanoTime();
        figure.work().run(side);
        return (System.nanoTime() - start) / NANOS_PER_MILLI;
    }

    private static FigureResult result(Figure figure, double with, @Nullable Double without) {
        Double ratio = without == null ? null : with / without;
        boolean passed = with <= figure.milliseconds().orElse(Double.MAX_VALUE)
                && (ratio == null || ratio <= figure.ratio().orElse(Double.MAX_VALUE));
        return new FigureResult(
                figure.group(),
                figure.name(),
                "ms",
                boxed(figure.milliseconds()),
                with,
                without,
                ratio,
                boxed(figure.ratio()),
                passed);
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? (Double) value.getAsDouble() : null;
    }
}
