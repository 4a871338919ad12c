package dev.tasker.task;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.request.ContextSchema;
import dev.tasker.request.IdentityStrategies;
import dev.tasker.request.TaskRequest;
import dev.tasker.template.StepTemplate;
import dev.tasker.template.Template;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Checks a request against the template that it is for; needs no database. Safe from any thread.
public final class RequestCheck {
    private final IdentityStrategies identities;
    private final Map<String, Optional<ContextSchema>> schemas = new ConcurrentHashMap<>();

    public RequestCheck(IdentityStrategies identities) {
        this.identities = identities;
    }

    /// Refuses a request that cannot become a task of the template.
    ///
    /// @throws InvalidRequestException CONTEXT_INVALID, with every violation of the template's schema;
    ///     BYPASS_REFUSED: a step to bypass is unknown or not skippable; IDENTITY_STRATEGY_UNKNOWN;
    ///     IDEMPOTENCY_KEY_MISSING
    public void check(Template template, TaskRequest request) {
        schemas.computeIfAbsent(template.contentHash(), _ -> template.schema().map(ContextSchema::new))
                .ifPresent(
                        schema -> schema.check(request.context(), template.key().toString()));
        for (String name : request.bypassSteps()) {
            boolean skippable =
                    template.steps().stream().anyMatch(step -> step.name().equals(name) && step.skippable());
            if (!skippable) {
                throw bypassRefused(template, name);
            }
        }
        identities.choose(template, request);
    }

    private static InvalidRequestException bypassRefused(Template template, String name) {
        List<String> skippable = template.steps().stream()
                .filter(StepTemplate::skippable)
                .map(StepTemplate::name)
                .toList();
        return new InvalidRequestException(
                ErrorCode.BYPASS_REFUSED,
                "step `" + name + "` of " + template.key() + " cannot be bypassed; steps that can: "
                        + (skippable.isEmpty() ? "none" : String.join(", ", skippable)),
                Map.of("step", name, "skippable", skippable));
    }
}
