package dev.tasker.request;

import dev.tasker.identity.Sha256;
import dev.tasker.identity.TemplateKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The strategies that need no registration.
enum BuiltInIdentity implements IdentityStrategy {
    /// Every request is a task of its own.
    DEFAULT,
    /// The same request twice within one minute of the clock is one task, whatever the version of the template.
    HASH,
    /// One task for each context, for ever.
    STRICT,
    /// One task for each idempotency key of a template, whatever its version.
    CALLER;

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean usesTime() {
        return this == HASH;
    }

    @Override
    public String identityHash(TemplateKey template, TaskRequest request, Instant requestedAt) {
        return switch (this) {
            case DEFAULT -> UUID.randomUUID().toString();
            case HASH -> hash(requestWithinMinute(template, request, requestedAt));
            case STRICT -> hash(Map.of("template", template.toString(), "context", request.context()));
            case CALLER ->
                hash(Map.of(
                        "template", qualifiedName(template),
                        "idempotency_key", request.idempotencyKey().orElseThrow()));
        };
    }

    private static Map<String, @Nullable Object> requestWithinMinute(
            TemplateKey template, TaskRequest request, Instant requestedAt) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("template", qualifiedName(template));
        facts.put("initiator", request.initiator());
        facts.put("source_system", request.sourceSystem());
        facts.put("context", request.context());
        facts.put("reason", request.reason());
        facts.put("bypass_steps", new TreeSet<>(request.bypassSteps()).stream().toList());
        facts.put("requested_at", MINUTE.format(requestedAt));
        return facts;
    }

    private static String qualifiedName(TemplateKey template) {
        return template.namespace() + "." + template.name();
    }

    private String hash(Map<String, ? extends @Nullable Object> facts) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>(facts);
        document.put("strategy", key());
        return Sha256.hexOf(CanonicalJson.of(document));
    }
}
