package dev.tasker.server.command;

import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TemplateDocument;
import dev.tasker.store.Database;
import dev.tasker.store.TemplateStore;
import dev.tasker.store.TemplateStore.Registration;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tasker template register`
@Command(
        name = "register",
        description = {
            "Stores templates, so that tasks can be made of them by name and workers load their handlers.",
            "All files are checked before the first one is stored; the same content again changes nothing."
        },
        footer = {"", "Example:", "  tasker template register shop/templates/*.yaml"})
final class TemplateRegisterCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Template files.")
    private List<Path> files = List.of();

    @Mixin
    private EnvironmentOption environment = new EnvironmentOption();

    TemplateRegisterCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        TemplateParser parser = root.parser(environment);
        List<Template> templates = files.stream().map(parser::parse).toList();
        List<Registration> done = new ArrayList<>();
        try (OpenDatabase database = root.database().open()) {
            TemplateStore store = new TemplateStore(new Database(database.dataSource()));
            templates.forEach(template -> done.add(store.register(template)));
        }
        if (root.isJson()) {
            return root.printJson(Map.of(
                    "templates",
                    done.stream().map(TemplateRegisterCommand::json).toList()));
        }
        StringBuilder text = new StringBuilder();
        done.forEach(registration -> text.append(outcome(registration))
                .append(' ')
                .append(registration.template().template().key())
                .append('\n'));
        return root.printText(text.toString());
    }

    private static Map<String, @Nullable Object> json(Registration registration) {
        Map<String, @Nullable Object> json =
                TemplateDocument.summary(registration.template().template());
        json.put("outcome", outcome(registration));
        return json;
    }

    private static String outcome(Registration registration) {
        return registration.outcome().name().toLowerCase(Locale.ROOT);
    }
}
