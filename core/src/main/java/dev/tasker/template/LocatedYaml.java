package dev.tasker.template;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A YAML document as JSON-like values, which remembers at which line each value stands.
///
/// YAML 1.2 core rules: `yes` is a text, `1.10` a number. Aliases are followed; a key that stands twice is an
/// error.
public final class LocatedYaml {
    private static final int ALIASES_MAX = 50;
    private static final int DEPTH_MAX = 50;

    private final String source;
    private final Map<String, Integer> lines = new HashMap<>();
    private @Nullable Object root;

    private LocatedYaml(String source) {
        this.source = source;
    }

    /// Reads one document.
    ///
    /// @throws InvalidTemplateException TEMPLATE_SYNTAX, with file and line
    public static LocatedYaml parse(String text, String source) {
        LocatedYaml yaml = new LocatedYaml(source);
        LoadSettings settings = LoadSettings.builder()
                .setLabel(source)
                .setMaxAliasesForCollections(ALIASES_MAX)
                .build();
        try {
            Node document = new Compose(settings)
                    .composeString(text)
                    .orElseThrow(() -> yaml.syntaxError(1, "the file is empty"));
            yaml.root = yaml.value(document, "", 0);
            return yaml;
        } catch (MarkedYamlEngineException problem) {
            int line = problem.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw yaml.syntaxError(line, String.valueOf(problem.getProblem()));
        } catch (YamlEngineException problem) {
            throw yaml.syntaxError(1, String.valueOf(problem.getMessage()));
        }
    }

    /// Wraps values that came from elsewhere; no line is known.
    static LocatedYaml of(@Nullable Object root, String source) {
        LocatedYaml yaml = new LocatedYaml(source);
        yaml.root = root;
        return yaml;
    }

    public @Nullable Object root() {
        return root;
    }

    /// The line (from 1) of the value at a JSON pointer, or of the nearest value around it.
    public int lineOf(String pointer) {
        String at = pointer;
        while (!at.isEmpty()) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            at = at.substring(0, at.lastIndexOf('/'));
        }
        return lines.getOrDefault("", 1);
    }

    private @Nullable Object value(Node node, String pointer, int depth) {
        lines.putIfAbsent(pointer, lineOf(node));
        if (depth > DEPTH_MAX) {
            throw syntaxError(lineOf(node), "nested more than " + DEPTH_MAX + " deep");
        }
        return switch (node) {
            case MappingNode mapping -> map(mapping, pointer, depth);
            case SequenceNode sequence -> list(sequence, pointer, depth);
            case ScalarNode scalar -> scalar(scalar);
            default -> throw syntaxError(lineOf(node), "unexpected " + node.getNodeType());
        };
    }

    private Map<String, @Nullable Object> map(MappingNode mapping, String pointer, int depth) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode keyNode)) {
                throw syntaxError(lineOf(entry.getKeyNode()), "a key must be a text");
            }
            String key = keyNode.getValue();
            String at = pointer + "/" + key.replace("~", "~0").replace("/", "~1");
            lines.put(at, lineOf(keyNode));
            if (map.containsKey(key)) {
                throw syntaxError(lineOf(keyNode), "key `" + key + "` stands twice");
            }
            map.put(key, value(entry.getValueNode(), at, depth + 1));
        }
        return map;
    }

    private List<@Nullable Object> list(SequenceNode sequence, String pointer, int depth) {
        List<@Nullable Object> list = new ArrayList<>();
        for (Node element : sequence.getValue()) {
            list.add(value(element, pointer + "/" + list.size(), depth + 1));
        }
        return list;
    }

    private @Nullable Object scalar(ScalarNode node) {
        String text = node.getValue();
        Tag tag = node.getTag();
        if (tag.equals(Tag.NULL)) {
            return null;
        }
        if (tag.equals(Tag.BOOL)) {
            return Boolean.valueOf(text);
        }
        try {
            if (tag.equals(Tag.INT)) {
                return Long.valueOf(text);
            }
            if (tag.equals(Tag.FLOAT)) {
                return Double.valueOf(text);
            }
        } catch (NumberFormatException problem) {
            throw syntaxError(lineOf(node), text + " is no number that JSON can hold");
        }
        return text;
    }

    private static int lineOf(Node node) {
        Optional<Mark> mark = node.getStartMark();
        return mark.map(start -> start.getLine() + 1).orElse(1);
    }

    private InvalidTemplateException syntaxError(int line, String reason) {
        return new InvalidTemplateException(
                ErrorCode.TEMPLATE_SYNTAX,
                source + ":" + line + ": not valid YAML: " + reason,
                Map.of("file", source, "line", line));
    }
}
