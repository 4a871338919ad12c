package dev.tasker.embedded;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.TaskId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A language and what runs it: an engine that claims the steps of a database of its own, with the handlers of
/// `conformance/handlers`.
interface WayToRun extends AutoCloseable {
    /// As it stands in the names of tests.
    String title();

    HandlerRuntime runtime();

    Database database();

    /// What stands in templates for a handler of the cases.
    Map<String, Object> handler(String name);

    /// Whether handlers are stopped from outside when their attempt is given up.
    boolean interrupts();

    /// Stores a template, through the engine that runs its steps.
    void register(Path template) throws Exception;

    /// The lines that the handlers of a task have logged: level, fields as `key=value`, message.
    List<String> log(TaskId task);

    /// What the engine has told its subscribers.
    ToldEvents events();

    @Override
    void close();
}
