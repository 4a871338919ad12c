package dev.tasker.runtime;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.HandlerLoadException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.ContextSchema.Violation;
import dev.tasker.result.StepError;
import dev.tasker.result.StepResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the loaded handlers declare of themselves, and the checks that follow from it. Safe from any thread.
final class Declarations {
    private static final int VIOLATIONS_MAX = 20;

    private final Map<HandlerKey, Declared> known = new ConcurrentHashMap<>();
    /// Loaded since they were taken last.
    private final Set<HandlerKey> fresh = ConcurrentHashMap.newKeySet();

    private record Declared(
            HandlerDeclaration declaration, Optional<ContextSchema> inputs, Optional<ContextSchema> result) {}

    /// Keeps the declaration of a handler that was loaded.
    ///
    /// @throws HandlerLoadException HANDLER_DECLARATION_INVALID: a schema that is none
    void put(HandlerKey key, HandlerDeclaration declaration) {
        Declared declared = new Declared(
                declaration,
                declaration.inputsSchema().map(schema -> schema(key, "inputs_schema", schema)),
                declaration.resultSchema().map(schema -> schema(key, "result_schema", schema)));
        if (!declared.equals(known.put(key, declared))) {
            fresh.add(key);
        }
    }

    HandlerDeclaration of(HandlerKey key) {
        Declared declared = known.get(key);
        return declared == null ? HandlerDeclaration.NONE : declared.declaration();
    }

    /// The declarations that nobody has taken yet.
    Map<HandlerKey, HandlerDeclaration> takeFresh() {
        Map<HandlerKey, HandlerDeclaration> taken = new HashMap<>();
        fresh.removeIf(key -> {
            taken.put(key, of(key));
            return true;
        });
        return taken;
    }

    /// To be taken again: they have not arrived.
    void giveBack(Set<HandlerKey> keys) {
        fresh.addAll(keys);
    }

    /// The declarations of those handlers that are loaded.
    Map<HandlerKey, HandlerDeclaration> of(Set<HandlerKey> keys) {
        Map<HandlerKey, HandlerDeclaration> found = new HashMap<>();
        keys.stream().filter(known::containsKey).forEach(key -> found.put(key, of(key)));
        return found;
    }

    /// Why an attempt cannot start with these inputs.
    Optional<StepError> problemOf(HandlerKey key, Map<String, @Nullable Object> inputs) {
        Declared declared = known.get(key);
        return declared == null
                ? Optional.empty()
                : declared.inputs()
                        .flatMap(schema -> refusal(
                                schema.violations(inputs),
                                "InputsInvalid",
                                "the inputs of the step do not fit the inputs_schema of " + key,
                                ErrorCode.INPUTS_INVALID));
    }

    /// The same result, or the failure that it is where it does not fit what the handler declares.
    StepResult checked(HandlerKey key, StepResult result) {
        Declared declared = known.get(key);
        if (declared == null
                || declared.result().isEmpty()
                || !(result instanceof StepResult.Success(Object results))) {
            return result;
        }
        return refusal(
                        declared.result().get().violations(results),
                        "ResultInvalid",
                        "the result does not fit the result_schema of " + key,
                        ErrorCode.RESULT_INVALID)
                .<StepResult>map(StepResult.Failure::new)
                .orElse(result);
    }

    private static Optional<StepError> refusal(
            List<Violation> violations, String errorClass, String what, ErrorCode code) {
        if (violations.isEmpty()) {
            return Optional.empty();
        }
        List<Violation> first = violations.subList(0, Math.min(VIOLATIONS_MAX, violations.size()));
        StringBuilder message = new StringBuilder(what).append(':');
        first.forEach(violation -> message.append("\n  ")
                .append(violation.pointer().isEmpty() ? "(root)" : violation.pointer())
                .append(": ")
                .append(violation.message()));
        return Optional.of(StepError.permanent(
                errorClass,
                message.toString(),
                code.name(),
                Map.of(
                        "violations",
                        first.stream()
                                .map(violation ->
                                        Map.of("pointer", violation.pointer(), "message", violation.message()))
                                .toList())));
    }

    private static ContextSchema schema(HandlerKey handler, String key, Map<String, @Nullable Object> schema) {
        try {
            return new ContextSchema(schema);
        } catch (RuntimeException problem) {
            throw new HandlerLoadException(
                    ErrorCode.HANDLER_DECLARATION_INVALID,
                    "handler " + handler + " declares an " + key + " that is no JSON Schema: " + problem.getMessage(),
                    Map.of("handler", handler.toString(), "key", key),
                    problem);
        }
    }
}
