package dev.tasker.server.command;

import dev.tasker.identity.StepId;
import dev.tasker.operation.Change;
import dev.tasker.operation.Operations;
import dev.tasker.operation.Operator;
import dev.tasker.operation.StepAction;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.server.output.OperationDocument;
import dev.tasker.server.output.OperationReport;
import dev.tasker.server.output.Streams;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// An operator's action on one step.
abstract class StepActionCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "STEP", description = "The step's id, or TASK_ID:STEP_NAME.")
    private String step = "";

    @Mixin
    private OperatorOptions operator = new OperatorOptions();

    StepActionCommand(RootCommand root) {
        this.root = root;
    }

    abstract StepAction action();

    /// Whether work is left out by it.
    abstract boolean needsReason();

    Streams streams() {
        return root.streams();
    }

    @Override
    public Integer call() {
        StepText named = StepText.parse(step);
        Operator who = operator.operator(needsReason());
        StepAction action = action();
        try (OpenDatabase database = root.database().open()) {
            Operations operations = TaskActionCommand.operations(database);
            StepId id = named.find(operations);
            List<Change> changes = operations.perform(action, id, who);
            return root.isJson()
                    ? root.printJson(OperationDocument.step(action, id, changes))
                    : root.printText(OperationReport.changes(changes));
        }
    }
}
