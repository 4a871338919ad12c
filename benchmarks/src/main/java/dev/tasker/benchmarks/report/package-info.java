/// Results for people and for programs: table, JSON, plots.
///
/// Read [dev.tasker.benchmarks.report.ComparisonReport] first.
@NullMarked
package dev.tasker.benchmarks.report;

import org.jspecify.annotations.NullMarked;
