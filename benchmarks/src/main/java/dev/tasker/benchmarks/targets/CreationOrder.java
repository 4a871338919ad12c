package dev.tasker.benchmarks.targets;

import dev.tasker.benchmarks.postgres.DatabaseAddress;

/// What the process is to measure that creates tasks and sends waves.
///
/// @param database the name of the one to work in, which is empty
/// @param tasks    created one by one, and again as many as warm-up
/// @param batches  of 1,000 tasks, and again as many as warm-up
public record CreationOrder(DatabaseAddress server, String database, int tasks, int batches) {}
