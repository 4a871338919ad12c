package dev.tasker.server.command;

import dev.tasker.identity.StepId;
import dev.tasker.readiness.WaitReason;
import dev.tasker.server.database.OpenDatabase;
import dev.tasker.store.Database;
import dev.tasker.store.ReadinessStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tasker step why`
@Command(
        name = "why",
        description = "Tells why a step is not running: parents, backoff, lease, pause, limits, or no worker for it.",
        footer = {"", "Examples:", "  tasker step why 42:charge_payment", "  tasker step why 317 -o json"})
final class StepWhyCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "STEP", description = "The step: its id, or TASK_ID:STEP_NAME.")
    private String step = "";

    StepWhyCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        StepText text = StepText.parse(step);
        try (OpenDatabase database = root.database().open()) {
            ReadinessStore readiness = new ReadinessStore(new Database(database.dataSource()));
            StepId id = text.find(readiness);
            List<WaitReason> reasons = readiness.whyWaits(id);
            return root.isJson() ? root.printJson(document(id, reasons)) : root.printText(lines(reasons));
        }
    }

    private static Map<String, @Nullable Object> document(StepId id, List<WaitReason> reasons) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("workflow_step_id", id.value());
        document.put("reasons", reasons.stream().map(StepWhyCommand::document).toList());
        return document;
    }

    private static Map<String, @Nullable Object> document(WaitReason reason) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("reason", reason.kind().key());
        document.put("explanation", reason.explanation());
        document.put("waits_until", reason.waitsUntil().map(Object::toString).orElse(null));
        document.put("details", reason.details());
        return document;
    }

    private static String lines(List<WaitReason> reasons) {
        StringBuilder text = new StringBuilder();
        reasons.forEach(reason -> text.append(reason.kind().key())
                .append(": ")
                .append(reason.explanation())
                .append('\n'));
        return text.toString();
    }
}
