package dev.tasker.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tasker.benchmarks.targets.Target;
import dev.tasker.server.output.TextTable;
import java.util.List;
import java.util.Locale;

/// Tasker alone against its targets; what `targets.json` holds.
public record TargetsReport(
        @JsonProperty("machine") Machine machine,
        @JsonProperty("postgres") Postgres postgres,
        @JsonProperty("rounds") int rounds,
        @JsonProperty("targets") List<Target> targets) {

    /// The same for people.
    public String table() {
        TextTable table = new TextTable("TASKER ALONE", "MEASURED", "TARGET", "");
        for (Target target : targets) {
            table.row(
                    target.what(),
                    number(target.measured()) + unit(target),
                    target.comparison() + " " + number(target.limit()) + unit(target),
                    target.holds() ? "pass" : "FAIL");
        }
        return table.toString();
    }

    private static String unit(Target target) {
        return target.unit().isEmpty() ? "" : " " + target.unit();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
