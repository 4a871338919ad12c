package dev.tasker.query;

/// A stored row that breaks a rule which every routine keeps.
///
/// @param table where it is
/// @param id    its id there
/// @param rule  what does not hold
public record UnsoundRow(String table, long id, String rule) {}
