package dev.tasker.server.command;

import dev.tasker.server.output.MermaidGraph;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tasker template graph`
@Command(
        name = "graph",
        description = "Prints the steps of a template and their order as a Mermaid graph.",
        footer = {"", "Example:", "  tasker template graph examples-mixed/templates/order_fulfillment.yaml"})
final class TemplateGraphCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "FILE|NAME",
            description = "A .yaml file, or [namespace.]name[@version] of a registered template.")
    private String template = "";

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    TemplateGraphCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        String graph = MermaidGraph.of(TemplateLookup.find(root, template, environment));
        return root.isJson() ? root.printJson(Map.of("mermaid", graph)) : root.printText(graph);
    }
}
