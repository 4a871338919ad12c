package dev.tasker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.template.Template;
import dev.tasker.template.TemplateParser;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class IdentityStrategiesTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final IdentityStrategies strategies = new IdentityStrategies();

    @Test
    void byDefaultEveryRequestHasAnIdentityOfItsOwn() {
        assertThat(hash("", same(), NOON)).isNotEqualTo(hash("", same(), NOON)).hasSize(36);
    }

    @Test
    void hashIsTheSameWithinOneMinuteOfTheClock() {
        String first = hash("identity_strategy: hash", same(), NOON);

        assertThat(first).matches("[0-9a-f]{64}");
        assertThat(hash("identity_strategy: hash", same(), NOON.plusSeconds(59)))
                .isEqualTo(first);
        assertThat(hash("identity_strategy: hash", same(), NOON.plusSeconds(60)))
                .isNotEqualTo(first);
    }

    @Test
    void hashCountsWhoAsksWhyAndForWhatButNotTheVersion() {
        String first = hash("identity_strategy: hash", same(), NOON);

        assertThat(hash("identity_strategy: hash\nversion: 9.9.9", same(), NOON))
                .isEqualTo(first);
        assertThat(hash("identity_strategy: hash", request -> request.priority(5), NOON))
                .isEqualTo(first);
        assertThat(hash("identity_strategy: hash", request -> request.initiator("ann"), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: hash", request -> request.reason("why"), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: hash", request -> request.sourceSystem("shop"), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: hash", request -> request.bypassSteps(Set.of("a")), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: hash\nnamespace_name: other", same(), NOON))
                .isNotEqualTo(first);
    }

    @Test
    void strictCountsTheTemplateAndTheContextOnly() {
        String first = hash("identity_strategy: strict", same(), NOON);

        assertThat(hash("identity_strategy: strict", request -> request.initiator("ann"), NOON.plusSeconds(9_999)))
                .isEqualTo(first);
        assertThat(hash("identity_strategy: strict\nversion: 9.9.9", same(), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: strict\nnamespace_name: other", same(), NOON))
                .isNotEqualTo(first);
    }

    @Test
    void contextsThatAreEqualAsJsonAreOneIdentity() {
        Map<String, Object> ordered = new LinkedHashMap<>();
        ordered.put("b", List.of(1.0, 1e3));
        ordered.put("a", Map.of("y", 2, "x", 1L));
        Map<String, Object> other = new LinkedHashMap<>();
        other.put("a", new LinkedHashMap<>(Map.of("x", 1, "y", 2)));
        other.put("b", List.of(1, 1000));

        assertThat(strict(ordered)).isEqualTo(strict(other));
        assertThat(strict(Map.of("n", 1))).isNotEqualTo(strict(Map.of("n", "1")));
        assertThat(strict(Map.of("n", List.of(1, 2)))).isNotEqualTo(strict(Map.of("n", List.of(2, 1))));
    }

    @Test
    void callerCountsTheKeyPerTemplateName() {
        String first = hash("identity_strategy: caller", request -> request.idempotencyKey("k"), NOON);

        assertThat(hash("identity_strategy: caller\nversion: 2.0.0", request -> request.idempotencyKey("k"), NOON))
                .isEqualTo(first);
        assertThat(hash("identity_strategy: caller", request -> request.idempotencyKey("l"), NOON))
                .isNotEqualTo(first);
        assertThat(hash("identity_strategy: caller\nnamespace_name: x", request -> request.idempotencyKey("k"), NOON))
                .isNotEqualTo(first);
    }

    @Test
    void callerWithoutAKeyIsRefused() {
        assertThatThrownBy(() -> hash("identity_strategy: caller", same(), NOON))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_MISSING));
    }

    @Test
    void theRequestGoesBeforeTheTemplateAndTheTemplateBeforeTheDefault() {
        strategies.register("of_request", (template, request, at) -> "request");
        strategies.register("of_template", (template, request, at) -> "template");
        strategies.register("of_engine", (template, request, at) -> "engine");
        strategies.useByDefault("of_engine");

        assertThat(hash("", same(), NOON)).isEqualTo("engine");
        assertThat(hash("identity_strategy: of_template", same(), NOON)).isEqualTo("template");
        assertThat(hash("identity_strategy: of_template", request -> request.identityStrategy("of_request"), NOON))
                .isEqualTo("request");
    }

    @Test
    void aKeyMeansTheCallersIdentityWhereNobodyNamesAnother() {
        String key = hash("identity_strategy: caller", request -> request.idempotencyKey("k"), NOON);

        assertThat(hash("", request -> request.idempotencyKey("k"), NOON)).isEqualTo(key);
        assertThat(hash("identity_strategy: strict", request -> request.idempotencyKey("k"), NOON))
                .isNotEqualTo(key);
    }

    @Test
    void anUnknownStrategyIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> hash("identity_strategy: per_customer", same(), NOON))
                .isInstanceOfSatisfying(InvalidRequestException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.IDENTITY_STRATEGY_UNKNOWN);
                    assertThat(problem).hasMessageContaining("caller, default, hash, strict");
                });
        assertThatThrownBy(() -> strategies.useByDefault("nowhere"))
                .isInstanceOfSatisfying(
                        InvalidRequestException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.IDENTITY_STRATEGY_UNKNOWN));
    }

    @Test
    void aNameIsTakenOnce() {
        assertThatThrownBy(() -> strategies.register("strict", (template, request, at) -> "x"))
                .hasMessageContaining("`strict` already");
        assertThatThrownBy(() -> strategies.register("Not This", (template, request, at) -> "x"))
                .hasMessageContaining("no name");
    }

    @Test
    void aRegisteredStrategyMustGiveWhatCanBeStored() {
        strategies.register("blank", (template, request, at) -> "");
        strategies.register("long", (template, request, at) -> "x".repeat(129));

        assertThatThrownBy(() -> hash("identity_strategy: blank", same(), NOON))
                .hasMessageContaining("identity_hash is blank");
        assertThatThrownBy(() -> hash("identity_strategy: long", same(), NOON)).hasMessageContaining("129 characters");
    }

    private String strict(Map<String, Object> context) {
        return strategies.identityHash(
                template("identity_strategy: strict"),
                TaskRequest.builder(context).build(),
                NOON);
    }

    private String hash(String keys, UnaryOperator<TaskRequest.Builder> change, Instant at) {
        return strategies.identityHash(
                template(keys),
                change.apply(TaskRequest.builder(Map.of("order", 1))).build(),
                at);
    }

    private static UnaryOperator<TaskRequest.Builder> same() {
        return UnaryOperator.identity();
    }

    private static Template template(String keys) {
        return new TemplateParser().parse("""
                name: order
                default_runtime: java
                step_templates: [{name: a, handler_class: A}]
                """ + keys + "\n", "test");
    }
}
