package dev.tasker.polyglot.context;

import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds what a JavaScript file means by `import "name"` and `require("name")` in folders named `node_modules`.
///
/// The rules are those of Node.js (ECMAScript modules, "Resolution algorithm"; `exports` with the conditions `import`
/// or `require` and `default`; else `main`), with two limits: an `import` does not tell from where it comes, so that of
/// several versions of a package the outermost is taken; and Node's own modules are not there. Safe from any thread.
public final class NodePackages {
    private static final Set<String> FOR_IMPORT = Set.of("import", "default");
    private static final Set<String> FOR_REQUIRE = Set.of("require", "default");
    private static final List<String> SUFFIXES = List.of("", ".js", ".cjs", ".json", "/index.js", "/index.cjs");
    private static final Pattern EXPORTED = Pattern.compile(
            "\\bexports\\.([A-Za-z_$][\\w$]*)\\s*=|defineProperty\\(\\s*exports\\s*,\\s*[\"']([A-Za-z_$][\\w$]*)[\"']");
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

    private final Set<Path> folders = new CopyOnWriteArraySet<>();

    /// Adds a `node_modules` folder; those that were added first are searched first.
    public void add(Path folder) {
        folders.add(folder);
    }

    public List<Path> folders() {
        return List.copyOf(folders);
    }

    /// The file of `import "specifier"`, where the specifier names a package.
    Optional<Path> imported(String specifier) {
        return isBare(specifier)
                ? folders.stream()
                        .flatMap(folder -> inPackage(folder, specifier, FOR_IMPORT).stream())
                        .findFirst()
                : Optional.empty();
    }

    /// The file of `require("specifier")`.
    ///
    /// @param from the folder of the file that requires it
    public Optional<Path> required(Path from, String specifier) {
        if (specifier.startsWith("./")
                || specifier.startsWith("../")
                || specifier.equals(".")
                || specifier.equals("..")) {
            return file(from.resolve(specifier).normalize());
        }
        if (!isBare(specifier)) {
            return Optional.empty();
        }
        for (Path folder = from; folder != null; folder = folder.getParent()) {
            Path modules = folder.resolve("node_modules");
            if (Files.isDirectory(modules) && isKnown(modules)) {
                Optional<Path> found = inPackage(modules, specifier, FOR_REQUIRE);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return folders.stream()
                .flatMap(folder -> inPackage(folder, specifier, FOR_REQUIRE).stream())
                .findFirst();
    }

    /// Whether a file is a CommonJS module, by its suffix or by its package's `type`.
    static boolean isCommonJs(Path file) {
        String name = file.toString();
        return name.endsWith(".cjs")
                || (name.endsWith(".js")
                        && isKnownBy(file)
                        && !"module".equals(packageOf(file).get("type")));
    }

    /// A module that gives what a CommonJS module exports: its default, and the names that its text shows.
    static String wrapperOf(Path file, String text) {
        StringBuilder wrapper = new StringBuilder("const exported = globalThis[Symbol.for(\"tasker.require\")](")
                .append(Json.write(file.toString()))
                .append(");\nexport default exported;\n");
        Set<String> names = new TreeSet<>();
        Matcher matcher = EXPORTED.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        names.removeAll(RESERVED);
        names.forEach(name -> wrapper.append("const $")
                .append(name)
                .append(" = exported.")
                .append(name)
                .append(";\nexport { $")
                .append(name)
                .append(" as ")
                .append(name)
                .append(" };\n"));
        return wrapper.toString();
    }

    private boolean isKnown(Path modules) {
        return folders.stream().anyMatch(modules::startsWith);
    }

    // A .js file beside handlers, in no package, is a module.
    private static boolean isKnownBy(Path file) {
        for (Path part : file) {
            if (part.toString().equals("node_modules")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBare(String specifier) {
        return !specifier.isEmpty()
                && !specifier.startsWith(".")
                && !specifier.startsWith("/")
                && specifier.indexOf(':') < 0
                && specifier.indexOf('\0') < 0
                && !specifier.contains("..");
    }

    private static Optional<Path> inPackage(Path modules, String specifier, Set<String> conditions) {
        int end = specifier.indexOf('/', specifier.startsWith("@") ? specifier.indexOf('/') + 1 : 0);
        String name = end < 0 ? specifier : specifier.substring(0, end);
        String subpath = end < 0 ? "." : "." + specifier.substring(end);
        Path folder = modules.resolve(name);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        Map<?, ?> description = description(folder.resolve("package.json"));
        Object exports = description.get("exports");
        if (exports != null) {
            return Optional.ofNullable(target(exports, subpath, conditions))
                    .map(target -> folder.resolve(target).normalize())
                    .filter(file -> file.startsWith(folder) && Files.isRegularFile(file));
        }
        if (!subpath.equals(".")) {
            return file(folder.resolve(subpath).normalize());
        }
        return description.get("main") instanceof String main
                ? file(folder.resolve(main).normalize()).or(() -> file(folder.resolve("index.js")))
                : file(folder.resolve("index.js"));
    }

    private static Optional<Path> file(Path base) {
        for (String suffix : SUFFIXES) {
            Path candidate = Path.of(base + suffix);
            if (Files.isRegularFile(candidate)) {
                return Optional.of(candidate);
            }
        }
        if (Files.isDirectory(base) && description(base.resolve("package.json")).get("main") instanceof String main) {
            return file(base.resolve(main).normalize());
        }
        return Optional.empty();
    }

    private static @Nullable String target(Object exports, String subpath, Set<String> conditions) {
        boolean hasSubpaths = exports instanceof Map<?, ?> map
                && map.keySet().stream().anyMatch(key -> key.toString().startsWith("."));
        if (!hasSubpaths) {
            return subpath.equals(".") ? chosen(exports, conditions, "") : null;
        }
        Map<?, ?> map = (Map<?, ?>) exports;
        if (map.containsKey(subpath)) {
            return chosen(map.get(subpath), conditions, "");
        }
        List<String> patterns = new ArrayList<>();
        map.keySet().forEach(key -> patterns.add(key.toString()));
        return patterns.stream()
                .filter(pattern -> matches(pattern, subpath))
                // The longest prefix is the most specific.
                .max(Comparator.comparingInt(pattern -> pattern.indexOf('*')))
                .map(pattern -> chosen(map.get(pattern), conditions, starOf(pattern, subpath)))
                .orElse(null);
    }

    private static boolean matches(String pattern, String subpath) {
        int star = pattern.indexOf('*');
        return star >= 0
                && subpath.length() >= pattern.length()
                && subpath.startsWith(pattern.substring(0, star))
                && subpath.endsWith(pattern.substring(star + 1));
    }

    private static String starOf(String pattern, String subpath) {
        int star = pattern.indexOf('*');
        return subpath.substring(star, subpath.length() - (pattern.length() - star - 1));
    }

    private static @Nullable String chosen(@Nullable Object target, Set<String> conditions, String star) {
        return switch (target) {
            case String text when text.startsWith("./") -> text.replace("*", star);
            case Map<?, ?> map -> {
                String found = null;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    if (found == null && conditions.contains(entry.getKey().toString())) {
                        found = chosen(entry.getValue(), conditions, star);
                    }
                }
                yield found;
            }
            case List<?> list -> {
                String found = null;
                for (Object entry : list) {
                    found = found == null ? chosen(entry, conditions, star) : found;
                }
                yield found;
            }
            case null, default -> null;
        };
    }

    private static Map<?, ?> packageOf(Path file) {
        for (Path folder = file.getParent(); folder != null; folder = folder.getParent()) {
            Path found = folder.resolve("package.json");
            if (Files.isRegularFile(found)) {
                return description(found);
            }
        }
        return Map.of();
    }

    private static Map<?, ?> description(Path file) {
        try {
            return Files.isRegularFile(file)
                            && Json.parse(Files.readString(file), file.toString()) instanceof Map<?, ?> map
                    ? map
                    : Map.of();
        } catch (IOException | InvalidRequestException unreadable) {
            return Map.of();
        }
    }
}
