package dev.tasker.benchmarks.polyglot;

import java.nio.file.Path;
import java.util.Set;

/// What is to be measured.
///
/// @param rounds               how often everything is measured
/// @param callWarmUpSeconds    before calls of compiled code are measured
/// @param engineWarmUpSeconds  before steps through the engine are measured
/// @param engineSeconds        how long these are measured
/// @param dataFolder           for PostgreSQL and the home folder of start-up
record PolyglotOrder(
        Set<Part> parts,
        int rounds,
        double callWarmUpSeconds,
        double engineWarmUpSeconds,
        double engineSeconds,
        Path dataFolder) {
    PolyglotOrder {
        parts = Set.copyOf(parts);
    }
}
