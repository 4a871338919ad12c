package dev.tasker.server.command;

import dev.tasker.server.diagnosis.Doctor;
import dev.tasker.server.diagnosis.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/// `tasker doctor`
@Command(
        name = "doctor",
        description = {
            "Checks what Tasker needs on this machine, and says what to install or to do.",
            "Exit code 0 unless a check failed."
        },
        footer = {"", "Example:", "  tasker doctor --database-url postgresql://tasker@db.example.com/orders"})
final class DoctorCommand implements Callable<Integer> {
    private final RootCommand root;

    DoctorCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Path home = Path.of(System.getProperty("user.home", "/"));
        List<Finding> findings = new Doctor(root.database(), home).examine();
        boolean isWell = findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL);
        if (root.isJson()) {
            root.printJson(Map.of(
                    "ok",
                    isWell,
                    "checks",
                    findings.stream().map(Finding::toJson).toList()));
        } else {
            root.printText(findings.stream().map(finding -> finding + "\n").collect(Collectors.joining()));
        }
        return isWell ? 0 : 1;
    }
}
