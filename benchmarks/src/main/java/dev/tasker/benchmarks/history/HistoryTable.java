package dev.tasker.benchmarks.history;

import dev.tasker.server.output.TextTable;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The report for people.
final class HistoryTable {
    private static final double BYTES_PER_GIB = 1024.0 * 1024 * 1024;

    private HistoryTable() {}

    static String of(HistoryReport report) {
        TextTable table = new TextTable(
                "GROUP", "FIGURE", "TARGET", "MEASURED", "WITHOUT HISTORY", "RATIO", "RATIO TARGET", "RESULT");
        for (FigureResult figure : report.figures()) {
            table.row(
                    figure.group(),
                    figure.figure(),
                    target(figure),
                    number("%,.2f ", figure.measured()) + figure.unit(),
                    number("%,.2f", figure.withoutHistory()),
                    number("%.2f", figure.ratio()),
                    ratioTarget(figure),
                    figure.passed() ? "pass" : "FAIL");
        }
        long missed =
                report.figures().stream().filter(figure -> !figure.passed()).count();
        return head(report) + "\n" + table + "\n"
                + (missed == 0
                        ? "all figures hold"
                        : missed + " of " + report.figures().size() + " figures are missed")
                + "\n";
    }

    private static String head(HistoryReport report) {
        return String.format(
                Locale.ROOT,
                "%s, %d cores, %,d MB; %s; PostgreSQL %s on the same cores, fsync %s, synchronous_commit %s%n"
                        + "%,d finished and %,d active tasks (seed %d): %.1f GiB, generated in %.0f s; medians of %d rounds;"
                        + " load average at the end %.1f%n",
                report.machine().cpu(),
                report.machine().cores(),
                report.machine().memoryMegabytes(),
                report.machine().java(),
                report.postgres().version(),
                report.postgres().settings().get("fsync"),
                report.postgres().settings().get("synchronous_commit"),
                report.finished(),
                report.active(),
                report.seed(),
                report.databaseBytes() / BYTES_PER_GIB,
                report.generationSeconds(),
                report.rounds(),
                report.loadAverage());
    }

    private static String target(FigureResult figure) {
        return figure.target() == null ? "-" : number("< %,.0f ", figure.target()) + figure.unit();
    }

    private static String ratioTarget(FigureResult figure) {
        if (figure.ratioTarget() == null) {
            return "-";
        }
        // Of speeds the ratio must not be below it, of times not above.
        return (figure.unit().equals("ms") ? "<= " : ">= ") + number("%.1f", figure.ratioTarget());
    }

    private static String number(String format, @Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, format, value);
    }
}
