package dev.tasker.db.test.history;

import dev.tasker.db.test.history.Shape.ShapeStep;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The templates of generated tasks: 30 % linear, 25 % diamonds, 20 % parallel, 15 % trees, 10 % mixed.
public final class HistoryTemplates {
    public static final String NAMESPACE = "history";
    private static final int RETRY_LIMIT = 3;

    // One line per step: name, handler class, parents. A handler class that ends with ? belongs to a skippable step.
    private static final List<Sketch> SKETCHES = List.of(
            new Sketch(
                    "linear",
                    30,
                    "validate Validate",
                    "price Price validate",
                    "reserve Reserve price",
                    "charge Charge reserve",
                    "ship Ship charge",
                    "notify Notify? ship"),
            new Sketch("diamond", 25, "load Load", "left Work load", "right Enrich? load", "merge Merge left right"),
            new Sketch(
                    "parallel",
                    20,
                    "split Load",
                    "part_1 Work split",
                    "part_2 Work split",
                    "part_3 Work split",
                    "part_4 Enrich? split",
                    "join Merge part_1 part_2 part_3 part_4"),
            new Sketch(
                    "tree",
                    15,
                    "root Load",
                    "branch_1 Work root",
                    "branch_2 Work root",
                    "leaf_1 Ship branch_1",
                    "leaf_2 Notify? branch_1",
                    "leaf_3 Ship branch_2",
                    "leaf_4 Notify branch_2"),
            new Sketch(
                    "mixed",
                    10,
                    "validate Validate",
                    "load Load",
                    "price Price validate load",
                    "enrich Enrich? load",
                    "reserve Reserve price",
                    "charge Charge price",
                    "merge Merge reserve charge enrich",
                    "notify Notify merge"));

    private HistoryTemplates() {}

    /// The Java handlers that the steps name: whoever lets an engine go on with the active tasks registers these.
    public static List<String> handlerClasses() {
        return List.copyOf(SKETCHES.stream()
                .flatMap(sketch -> sketch.steps().stream())
                .map(Sketch.Line::handlerClass)
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /// Registers those that are missing, by the routine that engines use.
    static List<Shape> register(Connection connection) throws SQLException {
        List<Shape> shapes = new ArrayList<>();
        for (Sketch sketch : SKETCHES) {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT named_task_id FROM tasker.register_template(?::jsonb)")) {
                statement.setString(1, sketch.json());
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    shapes.add(shape(connection, sketch, rows.getLong(1)));
                }
            }
        }
        return shapes;
    }

    private static Shape shape(Connection connection, Sketch sketch, long namedTaskId) throws SQLException {
        List<ShapeStep> steps = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(STEPS)) {
            statement.setLong(1, namedTaskId);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    steps.add(new ShapeStep(
                            rows.getString("name"),
                            rows.getLong("named_step_id"),
                            rows.getLong("named_tasks_named_step_id"),
                            rows.getString("handler_key"),
                            rows.getBoolean("skippable"),
                            rows.getBoolean("default_retryable"),
                            rows.getInt("default_retry_limit"),
                            places(rows.getArray("parents"))));
                }
            }
        }
        return new Shape(sketch.name(), namedTaskId, sketch.weight(), steps);
    }

    private static List<Integer> places(Array parents) throws SQLException {
        return Arrays.stream((Integer[]) parents.getArray()).toList();
    }

    private static final String STEPS = """
            SELECT named_step.name, step.named_step_id, step.named_tasks_named_step_id, step.handler_key, step.skippable,
                   step.default_retryable, step.default_retry_limit,
                   ARRAY(SELECT parent.position
                           FROM tasker.named_tasks_named_step_edges AS edge
                           JOIN tasker.named_tasks_named_steps AS parent
                             ON parent.named_tasks_named_step_id = edge.from_id
                          WHERE edge.to_id = step.named_tasks_named_step_id
                          ORDER BY parent.position) AS parents
              FROM tasker.named_tasks_named_steps AS step
              JOIN tasker.named_steps AS named_step ON named_step.named_step_id = step.named_step_id
             WHERE step.named_task_id = ?
               AND step.current
             ORDER BY step.position
            """;

    /// A template before it is registered.
    private record Sketch(String name, int weight, List<Line> steps) {
        Sketch(String name, int weight, String... lines) {
            this(name, weight, Arrays.stream(lines).map(Line::parse).toList());
        }

        String json() {
            String written = steps.stream().map(Line::written).collect(Collectors.joining(","));
            String read = steps.stream().map(Line::read).collect(Collectors.joining(","));
            String configuration = """
                    {"name": "%s", "namespace_name": "%s", "version": "1.0.0", "default_runtime": "java",
                     "step_templates": [%s]}""".formatted(name, NAMESPACE, written);
            return """
                    {"namespace": "%s", "name": "%s", "version": "1.0.0", "description": "Generated history",
                     "failure_policy": "best_effort", "content_hash": "%s", "configuration": %s, "steps": [%s]}""".formatted(NAMESPACE, name, Integer.toHexString(configuration.hashCode()), configuration, read);
        }

        /// A line of it.
        private record Line(String name, String handlerClass, boolean skippable, List<String> parents) {
            static Line parse(String text) {
                List<String> words = List.of(text.split(" ", -1));
                String handler = words.get(1);
                return new Line(
                        words.get(0),
                        "history." + handler.replace("?", ""),
                        handler.endsWith("?"),
                        words.subList(2, words.size()));
            }

            /// As an author writes it.
            String written() {
                return """
                        {"name": "%s", "handler_class": "%s", "depends_on_steps": %s, "skippable": %s, \
                        "default_retry_limit": %d}""".formatted(name, handlerClass, parentNames(), skippable, RETRY_LIMIT);
            }

            /// As `register_template` takes it.
            String read() {
                return """
                        {"name": "%s", "dependent_system": "unknown", "handler_key": "java:%s", "handler_config": {}, \
                        "skippable": %s, "retryable": true, "retry_limit": %d, "backoff": {}, "timeout_seconds": 300, \
                        "custom_events": [], "parents": %s}""".formatted(name, handlerClass, skippable, RETRY_LIMIT, parentNames());
            }

            private String parentNames() {
                return parents.stream()
                        .collect(Collectors.joining("\", \"", "[\"", "\"]"))
                        .replace("[\"\"]", "[]");
            }
        }
    }
}
