package dev.tasker.server.command;

import dev.tasker.server.output.TemplateDocument;
import dev.tasker.template.Template;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tasker template show`
@Command(
        name = "show",
        description = "Shows a template with its steps.",
        footer = {"", "Example:", "  tasker template show shop.order@1.2.0"})
final class TemplateShowCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "FILE|NAME",
            description = "A .yaml file, or [namespace.]name[@version] of a registered template.")
    private String template = "";

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    TemplateShowCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Template found = TemplateLookup.find(root, template, environment);
        return root.isJson()
                ? root.printJson(TemplateDocument.of(found))
                : root.printText(TemplateDocument.text(found));
    }
}
