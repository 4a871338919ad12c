package dev.tasker.server.command;

import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.TemplateDocument;
import dev.tasker.store.Database;
import dev.tasker.store.TemplateStore;
import dev.tasker.task.RegisteredTemplate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `tasker template list`
@Command(
        name = "list",
        description = "Lists the registered templates.",
        footer = {"", "Example:", "  tasker template list -o json"})
final class TemplateListCommand implements Callable<Integer> {
    private final RootCommand root;

    TemplateListCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try (OpenDatabase database = root.database().open()) {
            List<RegisteredTemplate> templates = new TemplateStore(new Database(database.dataSource())).list();
            if (root.isJson()) {
                return root.printJson(Map.of(
                        "templates",
                        templates.stream()
                                .map(entry -> TemplateDocument.summary(entry.template()))
                                .toList()));
            }
            return root.printText(
                    templates.isEmpty()
                            ? "no templates; `tasker template register FILE` adds one\n"
                            : TemplateDocument.list(templates));
        }
    }
}
