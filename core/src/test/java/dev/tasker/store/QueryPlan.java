package dev.tasker.store;

import dev.tasker.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// How the server ran a statement, as `EXPLAIN (ANALYZE, FORMAT JSON)` tells.
///
/// @param tree the JSON as it was read
record QueryPlan(String statement, Object tree) {
    /// The tables that grow with history, and the archive beside them.
    private static final Set<String> HISTORY = Set.of(
            "tasks",
            "workflow_steps",
            "workflow_step_edges",
            "task_transitions",
            "workflow_step_transitions",
            "task_annotations",
            "archived_tasks",
            "archived_workflow_steps",
            "archived_workflow_step_edges",
            "archived_task_transitions",
            "archived_workflow_step_transitions",
            "archived_task_annotations");

    /// A table of so few rows is read as a whole with good reason, for example a partition that has just been made.
    private static final long FEW_ROWS = 300;

    /// Whether a history table, or a partition of one, is read from one end to the other.
    boolean scansAll() {
        return nodes(tree)
                .filter(node -> String.valueOf(node.get("Node Type")).contains("Seq Scan"))
                .anyMatch(node -> isHistory(node) && rowsOf(node) > FEW_ROWS);
    }

    /// Rows of history tables that were looked at, also those that no condition let pass.
    long rowsRead() {
        return nodes(tree)
                .filter(QueryPlan::isHistory)
                .mapToLong(QueryPlan::rowsOf)
                .sum();
    }

    /// Whether rows of a table were read, and not only the entries of an index.
    boolean readsRowsOf(String table) {
        return nodes(tree)
                .filter(node -> table.equals(node.get("Relation Name")))
                .anyMatch(node -> !"Index Only Scan".equals(node.get("Node Type")));
    }

    /// For a failing test.
    @Override
    public String toString() {
        return statement + "\n" + Json.writePretty(tree);
    }

    private static long rowsOf(Map<?, ?> node) {
        double perLoop = number(node, "Actual Rows")
                + number(node, "Rows Removed by Filter")
                + number(node, "Rows Removed by Index Recheck");
        return Math.round(perLoop * number(node, "Actual Loops"));
    }

    private static double number(Map<?, ?> node, String key) {
        return node.get(key) instanceof Number number ? number.doubleValue() : 0;
    }

    private static boolean isHistory(Map<?, ?> node) {
        String relation =
                String.valueOf(node.get("Relation Name")).replaceFirst("_(default|\\d{4}_\\d{2}|p?\\d+)$", "");
        // A node that changes rows names their table too; what it found was read below it.
        return HISTORY.contains(relation) && !"ModifyTable".equals(node.get("Node Type"));
    }

    private static Stream<Map<?, ?>> nodes(Object plan) {
        return switch (plan) {
            case List<?> list -> list.stream().flatMap(QueryPlan::nodes);
            case Map<?, ?> node ->
                Stream.concat(
                        Stream.of(node),
                        node.values().stream()
                                .filter(value -> value instanceof List || value instanceof Map)
                                .flatMap(QueryPlan::nodes));
            default -> Stream.empty();
        };
    }
}
