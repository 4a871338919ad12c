package dev.tasker.server.command;

import dev.tasker.config.ConfigurationFile;
import dev.tasker.config.ConfigurationKeys;
import dev.tasker.config.Settings;
import dev.tasker.config.SettingsReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tasker config validate`
@Command(
        name = "validate",
        description = "Checks a configuration file by itself, without environment variables and options.",
        footer = {"", "Example:", "  tasker config validate tasker.yaml"})
final class ConfigValidateCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "FILE", description = "A YAML file with settings.")
    private Path file = Path.of("");

    ConfigValidateCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Settings settings = SettingsReader.empty()
                .file(ConfigurationFile.read(file, file.toString()))
                .read();
        root.database(settings);
        long keys = ConfigurationKeys.ALL.stream().filter(settings::isGiven).count();
        return root.isJson()
                ? root.printJson(Map.of("valid", file.toString(), "keys", keys))
                : root.printText("valid " + file + ", " + keys + (keys == 1 ? " key\n" : " keys\n"));
    }
}
