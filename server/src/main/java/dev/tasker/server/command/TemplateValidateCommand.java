package dev.tasker.server.command;

import dev.tasker.error.InvalidTemplateException;
import dev.tasker.server.output.ErrorReport;
import dev.tasker.server.output.ExitCode;
import dev.tasker.server.output.TemplateDocument;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tasker template validate`
@Command(
        name = "validate",
        description = "Checks template files without a database: their form, and that their steps form no cycle.",
        footer = {"", "Example:", "  tasker template validate shop/templates/*.yaml"})
final class TemplateValidateCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Template files.")
    private List<Path> files = List.of();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    TemplateValidateCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        ErrorReport errors = new ErrorReport(root.streams(), root.format(), root.isVerbose());
        TemplateParser parser = root.parser(environment);
        List<Template> valid = new ArrayList<>();
        for (Path file : files) {
            try {
                valid.add(parser.parse(file));
            } catch (InvalidTemplateException problem) {
                errors.print(problem);
            }
        }
        print(valid);
        return valid.size() == files.size() ? ExitCode.OK.number() : ExitCode.BAD_INPUT.number();
    }

    private void print(List<Template> valid) {
        if (root.isJson()) {
            root.printJson(Map.of(
                    "valid", valid.stream().map(TemplateDocument::summary).toList()));
        } else {
            valid.forEach(template -> root.printText(
                    "valid " + template.key() + ", " + template.steps().size() + " steps\n"));
        }
    }
}
