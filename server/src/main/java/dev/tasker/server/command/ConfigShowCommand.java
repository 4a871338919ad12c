package dev.tasker.server.command;

import dev.tasker.config.Settings;
import dev.tasker.config.Source;
import dev.tasker.server.output.TextTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/// `tasker config show`
@Command(
        name = "show",
        description = "Shows every setting with its value and where it was given; passwords are masked.",
        footer = {"", "Example:", "  tasker config show --set engine.lease=30s -o json"})
final class ConfigShowCommand implements Callable<Integer> {
    private static final String NO_VALUE = "-";

    private final RootCommand root;

    ConfigShowCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        List<Settings.Shown> settings = root.settings().shown();
        if (root.isJson()) {
            return root.printJson(Map.of(
                    "settings", settings.stream().map(ConfigShowCommand::json).toList()));
        }
        TextTable table = new TextTable("KEY", "VALUE", "SOURCE");
        settings.forEach(shown -> table.row(
                shown.key().path(),
                shown.value().filter(text -> !text.isEmpty()).orElse(NO_VALUE),
                shown.source().toString()));
        return root.printText(table.toString());
    }

    private static Map<String, @Nullable Object> json(Settings.Shown shown) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("key", shown.key().path());
        json.put("value", shown.value().orElse(null));
        json.put("source", source(shown.source()));
        return json;
    }

    private static Map<String, @Nullable Object> source(Source source) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        switch (source) {
            case Source.Standard _ -> json.put("kind", "default");
            case Source.Line(String file, int line) -> {
                json.put("kind", "file");
                json.put("name", file);
                json.put("line", line);
            }
            case Source.Variable(String name) -> {
                json.put("kind", "environment");
                json.put("name", name);
            }
            case Source.Option(String name) -> {
                json.put("kind", "option");
                json.put("name", name);
            }
        }
        return json;
    }
}
