/// What handlers in other languages than Java cost: calls, start-up, memory, and steps through the engine.
///
/// Read [dev.tasker.benchmarks.polyglot.PolyglotBenchmark] first, which runs the parts one after the other.
@NullMarked
package dev.tasker.benchmarks.polyglot;

import org.jspecify.annotations.NullMarked;
