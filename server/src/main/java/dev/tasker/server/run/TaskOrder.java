package dev.tasker.server.run;

import dev.tasker.config.Configuration;
import dev.tasker.request.TaskRequest;
import dev.tasker.runtime.TaskCreation;
import dev.tasker.runtime.TaskerConfig;
import dev.tasker.store.Database;
import dev.tasker.store.TemplateStore;
import dev.tasker.task.CreatedTask;
import dev.tasker.task.Duplicates;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.util.List;
import javax.sql.DataSource;

/// Tasks that are created here and run elsewhere.
///
/// @param configuration limits what is created, and says how tasks are told apart
public record TaskOrder(TemplateName template, List<TaskRequest> requests, Configuration configuration) {
    public TaskOrder {
        requests = List.copyOf(requests);
    }

    /// Creates the tasks, all or none. A template file is registered, once all requests are known to be good.
    ///
    /// @throws dev.tasker.error.TaskerException bad input; nothing was stored
    public List<CreatedTask> create(DataSource dataSource, Duplicates duplicates) {
        TemplateStore templates = new TemplateStore(new Database(dataSource));
        TaskCreation creation = TaskCreation.within(TaskerConfig.of(configuration), dataSource);
        creation.identities().useByDefault(configuration.engine().identityStrategy());
        RegisteredTemplate registered = switch (template) {
            case TemplateName.Registered name -> templates.find(name.reference());
            case TemplateName.InFile file -> {
                Template parsed = new TemplateParser(configuration.engine().environment()).parse(file.path());
                creation.check(parsed, requests);
                yield templates.register(parsed).template();
            }
        };
        return creation.create(registered, requests, duplicates);
    }
}
