package dev.tasker.server.command;

import dev.tasker.operation.Operator;
import dev.tasker.runtime.HostName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Who acts, and why.
final class OperatorOptions {
    @Option(
            names = "--operator",
            paramLabel = "NAME",
            description = "Who acts; stands in the audit trail (default: USER@HOST).")
    private @Nullable String name;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Why; stands in the audit trail. Required where work is given up or left out.")
    private String reason = "";

    Operator operator(boolean needsReason) {
        if (needsReason && reason.isBlank()) {
            throw OptionProblem.of("--reason", "say why; it stands in the audit trail");
        }
        return new Operator(
                name == null ? System.getProperty("user.name", "unknown") + "@" + HostName.get() : name, reason);
    }
}
