package dev.tasker.execution;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.PermanentError;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The steps before a claimed one: its direct parents came with the claim; farther ancestors are read once, on
/// first use.
public final class ClaimSequence implements Sequence {
    private final String stepName;
    private final Map<String, Ancestor> parents;
    private final Supplier<Map<String, Ancestor>> ancestors;
    private @Nullable Map<String, Ancestor> fetched;

    /// Creates the view of one attempt.
    ///
    /// @param ancestors reads all ancestors by name; called at most once
    public ClaimSequence(String stepName, Map<String, Ancestor> parents, Supplier<Map<String, Ancestor>> ancestors) {
        this.stepName = stepName;
        this.parents = Map.copyOf(parents);
        this.ancestors = ancestors;
    }

    @Override
    public Ancestor findStepByName(String name) {
        Ancestor parent = parents.get(name);
        if (parent != null) {
            return parent;
        }
        Ancestor ancestor = allAncestors().get(name);
        if (ancestor == null) {
            throw new PermanentError(
                    "step `" + stepName + "` asked for the results of `" + name
                            + "`, which does not come before it; name it in the step's depends_on_steps",
                    ErrorCode.STEP_NOT_AN_ANCESTOR.name(),
                    Map.of("step", stepName, "requested", name));
        }
        return ancestor;
    }

    /// The direct parents, which came with the claim.
    public Map<String, Ancestor> parents() {
        return parents;
    }

    private synchronized Map<String, Ancestor> allAncestors() {
        Map<String, Ancestor> known = fetched;
        if (known == null) {
            known = Map.copyOf(ancestors.get());
            fetched = known;
        }
        return known;
    }
}
