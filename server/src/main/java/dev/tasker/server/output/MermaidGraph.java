package dev.tasker.server.output;

import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The step graph of a template in Mermaid's language, for READMEs and diagrams.
public final class MermaidGraph {
    /// Words that Mermaid reads as its own, in any case.
    private static final Set<String> RESERVED =
            Set.of("end", "graph", "subgraph", "flowchart", "style", "class", "classdef", "click", "linkstyle", "call");

    private MermaidGraph() {}

    public static String of(Template template) {
        Map<String, String> ids = ids(template);
        StringBuilder graph = new StringBuilder("graph TD\n");
        for (StepTemplate step : template.steps()) {
            graph.append("    %s[\"%s<br/>%s\"]\n"
                    .formatted(
                            ids.get(step.name()),
                            label(step.name()),
                            step.handlerKey().runtime().key()));
        }
        for (StepTemplate step : template.steps()) {
            step.dependsOn()
                    .forEach(
                            parent -> graph.append("    %s --> %s\n".formatted(ids.get(parent), ids.get(step.name()))));
        }
        return graph.toString();
    }

    /// A step's name where Mermaid takes it as it is, else one made of it.
    private static Map<String, String> ids(Template template) {
        Map<String, String> ids = new HashMap<>();
        Set<String> taken = new HashSet<>();
        for (StepTemplate step : template.steps()) {
            String id = step.name().replaceAll("[^A-Za-z0-9_]", "_");
            while (RESERVED.contains(id.toLowerCase(Locale.ROOT)) || !taken.add(id)) {
                id = id + "_";
            }
            ids.put(step.name(), id);
        }
        return ids;
    }

    private static String label(String name) {
        return name.replace("&", "#amp;").replace("\"", "#quot;").replace("<", "#lt;");
    }
}
