package dev.tasker.template;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import dev.tasker.json.Json;
import dev.tasker.yaml.LocatedYaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads a template from YAML and checks it: its form against the published schema, then its step graph.
///
/// Safe from any thread.
public final class TemplateParser {
    /// Larger files are refused.
    public static final long FILE_BYTES_MAX = 4L * 1024 * 1024;

    private static final String SCHEMA_RESOURCE = "template.schema.json";

    private static final class SchemaHolder {
        // Compiled on first use only: a command that reads no template does not pay for it.
        static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schemaText(), InputFormat.JSON);
    }

    private final Optional<String> environment;

    /// Reads templates without what they say of environments.
    public TemplateParser() {
        this(Optional.empty());
    }

    /// Reads templates as an environment knows them, for example `production`.
    public TemplateParser(Optional<String> environment) {
        this.environment = environment;
    }

    /// The published JSON Schema of templates.
    public static String schemaText() {
        try (InputStream in = Objects.requireNonNull(
                TemplateParser.class.getResourceAsStream(SCHEMA_RESOURCE), "the template schema is missing")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /// Reads a template file.
    ///
    /// @throws InvalidTemplateException with file, line and key
    public Template parse(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        try {
            long size = Files.size(absolute);
            if (size > FILE_BYTES_MAX) {
                throw unreadable(file, "it has " + size + " bytes, more than " + FILE_BYTES_MAX);
            }
            return parse(Files.readString(absolute), file.toString()).withSource(absolute);
        } catch (NoSuchFileException problem) {
            throw unreadable(file, "there is no such file");
        } catch (IOException problem) {
            throw unreadable(file, String.valueOf(problem.getMessage()));
        }
    }

    /// Reads a template from text.
    ///
    /// @param source what the text is called in errors
    /// @throws InvalidTemplateException with source, line and key
    public Template parse(String text, String source) {
        LocatedYaml yaml = LocatedYaml.parse(
                text,
                source,
                (message, details) -> new InvalidTemplateException(ErrorCode.TEMPLATE_SYNTAX, message, details));
        List<String> problems = formProblems(yaml, source);
        if (!problems.isEmpty()) {
            boolean unknownKey = problems.getFirst().contains("unknown key");
            throw new InvalidTemplateException(
                    unknownKey ? ErrorCode.TEMPLATE_UNKNOWN_KEY : ErrorCode.TEMPLATE_INVALID,
                    String.join("\n", problems),
                    Map.of("file", source, "problems", problems));
        }
        return read(yaml, source);
    }

    /// Reads a template that was checked when it was registered.
    ///
    /// @param configuration the document as JSON-like values
    public Template parseStored(@Nullable Object configuration, String source) {
        return read(LocatedYaml.of(configuration, source), source);
    }

    private Template read(LocatedYaml yaml, String source) {
        return new TemplateReader(yaml, source, new EnvironmentOverrides(yaml, source).apply(environment)).read();
    }

    private static List<String> formProblems(LocatedYaml yaml, String source) {
        List<Error> errors = new ArrayList<>(SchemaHolder.SCHEMA.validate(Json.write(yaml.root()), InputFormat.JSON));
        record Located(int line, String text) {}
        return errors.stream()
                .map(error -> {
                    String pointer = pointerOf(error);
                    int line = yaml.lineOf(pointer);
                    return new Located(line, source + ":" + line + ": " + describe(error, pointer));
                })
                .sorted(Comparator.comparingInt(Located::line).thenComparing(Located::text))
                .map(Located::text)
                .distinct()
                .toList();
    }

    private static String pointerOf(Error error) {
        String at = error.getInstanceLocation().toString();
        return "additionalProperties".equals(error.getKeyword()) ? at + "/" + error.getProperty() : at;
    }

    private static String describe(Error error, String pointer) {
        return switch (String.valueOf(error.getKeyword())) {
            case "additionalProperties" ->
                "unknown key `" + error.getProperty() + "`" + (pointer.lastIndexOf('/') > 0 ? " in " + pointer : "");
            case "required" ->
                "key `" + error.getProperty() + "` is missing" + (pointer.isEmpty() ? "" : " in " + pointer);
            default -> (pointer.isEmpty() ? "" : "key `" + pointer.substring(1) + "`: ") + error.getMessage();
        };
    }

    private static InvalidTemplateException unreadable(Path file, String reason) {
        return new InvalidTemplateException(
                ErrorCode.TEMPLATE_UNREADABLE,
                "cannot read template " + file + ": " + reason,
                Map.of("file", file.toString()));
    }
}
