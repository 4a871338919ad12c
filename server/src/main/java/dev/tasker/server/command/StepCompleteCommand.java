package dev.tasker.server.command;

import dev.tasker.operation.StepAction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tasker step complete`
@Command(
        name = "complete",
        description = "Declares a step done by other means, with a result for its children.",
        footer = {
            "",
            "Example:",
            "  tasker step complete 42:charge_card --result '{\"receipt\": 17}' --reason \"paid in cash\""
        })
final class StepCompleteCommand extends StepActionCommand {
    @Option(
            names = "--result",
            paramLabel = "FILE|JSON",
            required = true,
            description = "The result: a JSON file, JSON text, or - for standard input.")
    private String result = "";

    StepCompleteCommand(RootCommand root) {
        super(root);
    }

    @Override
    StepAction action() {
        return new StepAction.Complete(ResultText.read(result, streams().in()));
    }

    @Override
    boolean needsReason() {
        return true;
    }
}
