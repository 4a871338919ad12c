package dev.tasker.polyglot.context;

import dev.tasker.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The names that a CommonJS module exports, as far as its text shows them.
///
/// An `import { name }` is resolved before any code runs, so that the text has to tell. What Node.js recognises is
/// recognised here, too: assignments to `exports`, `Object.defineProperty`, an object that is assigned to
/// `module.exports`, and the exports of a module that is handed through. For one thread.
final class CommonJsExports {
    private static final String NAME = "([A-Za-z_$][\\w$]*)";
    private static final Pattern ASSIGNED = Pattern.compile("\\bexports\\." + NAME + "\\s*=|\\bexports\\[[\"']" + NAME
            + "[\"']\\]\\s*=|defineProperty\\(\\s*(?:module\\.)?exports\\s*,\\s*[\"']" + NAME + "[\"']");
    private static final Pattern OBJECT = Pattern.compile("\\bmodule\\.exports\\s*=\\s*\\{");
    /// A key, and the value if it is no more than a name.
    private static final Pattern ENTRY = Pattern.compile(
            "\\G(?:\\s|//.*|/\\*[\\s\\S]*?\\*/)*[\"']?" + NAME + "[\"']?\\s*(?::\\s*[A-Za-z_$][\\w$.]*\\s*)?([,}:(])");
    private static final Pattern HANDED_THROUGH =
            Pattern.compile("(?:\\bmodule\\.exports\\s*=|__exportStar\\(|__export\\(|\\.\\.\\.)"
                    + "\\s*require\\(\\s*[\"']([^\"']+)[\"']\\s*\\)");
    private static final Set<String> RESERVED = Set.of(
            "default",
            "__esModule",
            "arguments",
            "await",
            "eval",
            "let",
            "static",
            "yield",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "debugger",
            "delete",
            "do",
            "else",
            "enum",
            "export",
            "extends",
            "false",
            "finally",
            "for",
            "function",
            "if",
            "import",
            "in",
            "instanceof",
            "new",
            "null",
            "return",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "typeof",
            "var",
            "void",
            "while",
            "with");

    private final NodePackages packages;
    private final CodeReader reader;
    private final Set<String> names = new TreeSet<>();
    private final Set<Path> seen = new HashSet<>();

    CommonJsExports(NodePackages packages, CodeReader reader) {
        this.packages = packages;
        this.reader = reader;
    }

    /// Reads the text of a code file.
    @FunctionalInterface
    interface CodeReader {
        String read(Path file) throws IOException;
    }

    /// A module that gives what a CommonJS module exports: its default, and the names that its text shows.
    String wrapperOf(Path file) throws IOException {
        collect(file);
        names.removeAll(RESERVED);
        StringBuilder wrapper = new StringBuilder("const exported = globalThis[Symbol.for(\"tasker.require\")](")
                .append(Json.write(file.toString()))
                .append(");\nexport default exported;\n");
        for (String name : names) {
            wrapper.append("const $%1$s = exported.%1$s;\nexport { $%1$s as %1$s };\n".formatted(name));
        }
        return wrapper.toString();
    }

    private void collect(Path file) throws IOException {
        if (!seen.add(file) || file.toString().endsWith(".json")) {
            return;
        }
        String text = reader.read(file);
        Matcher assigned = ASSIGNED.matcher(text);
        while (assigned.find()) {
            for (int group = 1; group <= assigned.groupCount(); group++) {
                if (assigned.group(group) != null) {
                    names.add(assigned.group(group));
                }
            }
        }
        Matcher object = OBJECT.matcher(text);
        while (object.find()) {
            collectKeys(text, object.end());
        }
        Matcher through = HANDED_THROUGH.matcher(text);
        Path folder = Objects.requireNonNull(file.getParent(), "a file is in a folder");
        while (through.find()) {
            Path other = packages.required(folder, through.group(1)).orElse(null);
            if (other != null) {
                collect(other);
            }
        }
    }

    /// Up to the first value that is more than a name: what follows it cannot be told without a parser.
    private void collectKeys(String text, int start) {
        Matcher entry = ENTRY.matcher(text).region(start, text.length());
        while (entry.find()) {
            names.add(entry.group(1));
            if (!entry.group(2).equals(",")) {
                return;
            }
        }
    }
}
