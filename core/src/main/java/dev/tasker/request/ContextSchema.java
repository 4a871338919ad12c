package dev.tasker.request;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON Schema (2020-12): of the context of a template's tasks, or of what a handler takes and gives. Safe from any
/// thread.
public final class ContextSchema {
    private final Schema schema;

    /// @param schema a JSON Schema as a JSON object
    public ContextSchema(Map<String, @Nullable Object> schema) {
        this.schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Json.write(schema), InputFormat.JSON);
    }

    /// One way in which a value does not fit: where (a JSON pointer, empty for the whole), and why.
    public record Violation(String pointer, String message) {}

    /// Every violation; empty where the value fits.
    public List<Violation> violations(@Nullable Object value) {
        return schema.validate(Json.write(value), InputFormat.JSON).stream()
                .map(ContextSchema::violation)
                .distinct()
                .toList();
    }

    /// Refuses a context that does not fit.
    ///
    /// @throws InvalidRequestException CONTEXT_INVALID, with every violation
    public void check(Map<String, @Nullable Object> context, String template) {
        List<Violation> violations = violations(context);
        if (violations.isEmpty()) {
            return;
        }
        StringBuilder message = new StringBuilder("the context does not fit the schema of " + template + ":");
        violations.forEach(violation -> message.append("\n  ")
                .append(violation.pointer().isEmpty() ? "(root)" : violation.pointer())
                .append(": ")
                .append(violation.message()));
        throw new InvalidRequestException(
                ErrorCode.CONTEXT_INVALID,
                message.toString(),
                Map.of(
                        "template",
                        template,
                        "violations",
                        violations.stream()
                                .map(violation ->
                                        Map.of("pointer", violation.pointer(), "message", violation.message()))
                                .toList()));
    }

    private static Violation violation(Error error) {
        String pointer = error.getInstanceLocation().toString();
        return switch (String.valueOf(error.getKeyword())) {
            case "required" -> new Violation(pointer + "/" + error.getProperty(), "is missing");
            case "additionalProperties" -> new Violation(pointer + "/" + error.getProperty(), "is not allowed");
            default -> new Violation(pointer, error.getMessage());
        };
    }
}
