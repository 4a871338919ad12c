package dev.tasker.request;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.template.Template;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The identity strategies by name: `default`, `hash`, `strict`, `caller`, and those that were registered. Safe
/// from any thread.
public final class IdentityStrategies {
    /// The form of a name.
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

    private final Map<String, IdentityStrategy> byName = new ConcurrentHashMap<>();
    private volatile String defaultName = BuiltInIdentity.DEFAULT.key();

    public IdentityStrategies() {
        for (BuiltInIdentity strategy : BuiltInIdentity.values()) {
            byName.put(strategy.key(), strategy);
        }
    }

    /// The names of those that need no registration.
    public static List<String> builtIn() {
        return Arrays.stream(BuiltInIdentity.values()).map(BuiltInIdentity::key).toList();
    }

    /// Adds a strategy that templates and requests may name.
    ///
    /// @param name a lower-case letter, then lower-case letters, digits, `_`, `-`; at most 64 characters
    /// @throws InvalidRequestException REQUEST_INVALID: no such form, or the name is taken
    public void register(String name, IdentityStrategy strategy) {
        if (!NAME.matcher(name).matches()) {
            throw invalid("`" + name + "` is no name of an identity strategy: write for example per_customer");
        }
        if (byName.putIfAbsent(name, strategy) != null) {
            throw invalid("there is an identity strategy `" + name + "` already; choose another name");
        }
    }

    /// Sets the strategy for requests and templates that name none.
    ///
    /// @throws InvalidRequestException IDENTITY_STRATEGY_UNKNOWN
    public void useByDefault(String name) {
        named(name);
        defaultName = name;
    }

    /// The strategy of a request: the one that it names, else the template's, else `caller` where it has an
    /// idempotency key, else the default.
    ///
    /// @throws InvalidRequestException IDENTITY_STRATEGY_UNKNOWN; IDEMPOTENCY_KEY_MISSING: `caller` and no key
    public IdentityStrategy choose(Template template, TaskRequest request) {
        IdentityStrategy strategy = named(request.identityStrategy()
                .or(template::identityStrategy)
                .or(() -> request.idempotencyKey().map(_ -> BuiltInIdentity.CALLER.key()))
                .orElse(defaultName));
        if (strategy == BuiltInIdentity.CALLER && request.idempotencyKey().isEmpty()) {
            throw new InvalidRequestException(
                    ErrorCode.IDEMPOTENCY_KEY_MISSING,
                    "tasks of " + template.key() + " are told apart by the caller's idempotency key, and the request"
                            + " has none; give it one that is the same whenever the same task is meant",
                    Map.of("template", template.key().toString(), "field", "idempotency_key"));
        }
        return strategy;
    }

    /// The identity that a strategy gives to a request.
    ///
    /// @throws InvalidRequestException REQUEST_INVALID: a registered strategy gave none that can be stored
    public String identityHash(Template template, TaskRequest request, Instant requestedAt) {
        @Nullable String hash = choose(template, request).identityHash(template.key(), request, requestedAt);
        return RequestText.check(
                Optional.ofNullable(hash).orElse(""), "identity_hash", IdentityStrategy.HASH_CHARS_MAX);
    }

    private IdentityStrategy named(String name) {
        return Optional.ofNullable(byName.get(name))
                .orElseThrow(() -> new InvalidRequestException(
                        ErrorCode.IDENTITY_STRATEGY_UNKNOWN,
                        "there is no identity strategy `" + name + "`; known are "
                                + String.join(", ", new TreeSet<>(byName.keySet()))
                                + "; others are registered with the engine before the first task",
                        Map.of(
                                "identity_strategy",
                                name,
                                "known",
                                new TreeSet<>(byName.keySet()).stream().toList())));
    }

    private static InvalidRequestException invalid(String message) {
        return RequestText.invalid(message, "identity_strategy");
    }
}
