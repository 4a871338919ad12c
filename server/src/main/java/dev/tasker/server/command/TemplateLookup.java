package dev.tasker.server.command;

import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.run.TemplateName;
import dev.tasker.store.Database;
import dev.tasker.store.TemplateStore;
import dev.tasker.template.Template;

/// Reads a template that a user named: from its file, or from the database.
final class TemplateLookup {
    private TemplateLookup() {}

    static Template find(RootCommand root, String text, EnvironmentOption environment) {
        return switch (TemplateName.parse(text)) {
            case TemplateName.InFile file -> root.parser(environment).parse(file.path());
            case TemplateName.Registered name -> {
                try (OpenDatabase database = root.database().open()) {
                    yield new TemplateStore(new Database(database.dataSource()))
                            .find(name.reference())
                            .template();
                }
            }
        };
    }
}
