package dev.tasker.store;

import static dev.tasker.db.generated.Tables.NAMED_TASKS;
import static dev.tasker.db.generated.Tables.TASK_NAMESPACES;

import dev.tasker.db.generated.Routines;
import dev.tasker.db.generated.Tables;
import dev.tasker.db.generated.tables.records.RegisterTemplateRecord;
import dev.tasker.error.ConflictException;
import dev.tasker.error.ErrorCode;
import dev.tasker.error.NotFoundException;
import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.SemanticVersion;
import dev.tasker.identity.TemplateKey;
import dev.tasker.identity.TemplateReference;
import dev.tasker.json.Json;
import dev.tasker.task.RegisteredTemplate;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Registered templates. Safe from any thread.
public final class TemplateStore {
    private final Database database;
    private final TemplateParser parser = new TemplateParser();

    public TemplateStore(Database database) {
        this.database = database;
    }

    /// What a registration did.
    public record Registration(RegisteredTemplate template, Outcome outcome) {
        /// `REPLACED`: same version, other content, and no unfinished task used it.
        public enum Outcome {
            REGISTERED,
            UNCHANGED,
            REPLACED
        }
    }

    /// Stores a template. The same content again changes nothing.
    ///
    /// @throws ConflictException TEMPLATE_IN_USE: other content under the same version, and unfinished
    ///     tasks use it
    public Registration register(Template template) {
        JSONB json = StoredJson.jsonb(TemplateJson.of(template));
        RegisterTemplateRecord row = database.call(dsl -> Tables.REGISTER_TEMPLATE(dsl.configuration(), json))
                .getFirst();
        if ("refused".equals(row.getOutcome())) {
            throw new ConflictException(
                    ErrorCode.TEMPLATE_IN_USE,
                    "template " + template.key() + " is registered with other content, and " + row.getUnfinishedTasks()
                            + " unfinished tasks use it; raise its version, or let them end first",
                    Map.of("template", template.key().toString(), "unfinished_tasks", row.getUnfinishedTasks()));
        }
        return new Registration(
                new RegisteredTemplate(row.getNamedTaskId(), template),
                Registration.Outcome.valueOf(row.getOutcome().toUpperCase(Locale.ROOT)));
    }

    /// Puts what handler classes declare where registered templates are silent.
    public void applyDeclarations(Map<HandlerKey, HandlerDeclaration> declarations) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        declarations.forEach((key, declaration) -> json.put(key.toString(), declaration.toJson()));
        JSONB declared = StoredJson.jsonb(json);
        database.call(dsl -> Routines.applyDeclarations(dsl.configuration(), declared));
    }

    /// Finds a registered template; without a version, the highest one by semantic version.
    ///
    /// @throws NotFoundException TEMPLATE_NOT_FOUND, with what there is
    public RegisteredTemplate find(TemplateReference reference) {
        List<RegisteredTemplate> versions =
                select(TASK_NAMESPACES.NAME.eq(reference.namespace()).and(NAMED_TASKS.NAME.eq(reference.name())));
        Optional<RegisteredTemplate> found = versions.stream()
                .filter(candidate -> reference.version().isEmpty()
                        || reference.version().get().equals(version(candidate)))
                .max(Comparator.comparing(TemplateStore::version));
        return found.orElseThrow(() -> notFound(reference, versions));
    }

    /// The template of a stored task.
    public RegisteredTemplate find(long namedTaskId) {
        return select(NAMED_TASKS.NAMED_TASK_ID.eq(namedTaskId)).stream()
                .findFirst()
                .orElseThrow(() -> new NotFoundException(
                        ErrorCode.TEMPLATE_NOT_FOUND,
                        "there is no template with id " + namedTaskId,
                        Map.of("named_task_id", namedTaskId)));
    }

    /// All templates, by namespace, name and version.
    public List<RegisteredTemplate> list() {
        return select(DSL.noCondition()).stream()
                .sorted(Comparator.comparing((RegisteredTemplate entry) ->
                                entry.template().key().namespace())
                        .thenComparing(entry -> entry.template().key().name())
                        .thenComparing(TemplateStore::version))
                .toList();
    }

    private List<RegisteredTemplate> select(Condition condition) {
        return database.call(dsl -> dsl.select(
                        NAMED_TASKS.NAMED_TASK_ID,
                        NAMED_TASKS.CONFIGURATION,
                        NAMED_TASKS.SOURCE_PATH,
                        TASK_NAMESPACES.NAME,
                        NAMED_TASKS.NAME,
                        NAMED_TASKS.VERSION)
                .from(NAMED_TASKS)
                .join(TASK_NAMESPACES)
                .on(TASK_NAMESPACES.TASK_NAMESPACE_ID.eq(NAMED_TASKS.TASK_NAMESPACE_ID))
                .where(condition)
                .fetch(this::template));
    }

    /// The stored configuration is the template as it was written; reading it again needs no second mapping.
    private RegisteredTemplate template(Record row) {
        TemplateKey key = new TemplateKey(
                row.get(TASK_NAMESPACES.NAME),
                row.get(NAMED_TASKS.NAME),
                SemanticVersion.parse(row.get(NAMED_TASKS.VERSION)).orElseThrow());
        Template template =
                parser.parseStored(Json.read(row.get(NAMED_TASKS.CONFIGURATION).data()), key.toString());
        Optional<Path> source =
                Optional.ofNullable(row.get(NAMED_TASKS.SOURCE_PATH)).map(Path::of);
        return new RegisteredTemplate(
                row.get(NAMED_TASKS.NAMED_TASK_ID),
                source.map(template::withSource).orElse(template));
    }

    private static SemanticVersion version(RegisteredTemplate entry) {
        return entry.template().key().version();
    }

    private static NotFoundException notFound(TemplateReference reference, List<RegisteredTemplate> versions) {
        List<String> known = versions.stream()
                .map(entry -> version(entry).toString())
                .sorted()
                .toList();
        return new NotFoundException(
                ErrorCode.TEMPLATE_NOT_FOUND,
                "no template " + reference + " is registered"
                        + (known.isEmpty()
                                ? "; register it with `tasker template register FILE`, or run its .yaml file"
                                : "; registered versions: " + String.join(", ", known)),
                Map.of("template", reference.toString(), "versions", known));
    }
}
