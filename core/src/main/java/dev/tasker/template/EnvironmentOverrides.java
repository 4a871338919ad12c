package dev.tasker.template;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidTemplateException;
import dev.tasker.yaml.LocatedYaml;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a template says differently for one environment, laid over the rest.
///
/// `handler_config` is merged key by key, at any depth; every other key of a step or of the template is replaced.
/// What comes out has no `environments` any more: it is the template as that environment knows it.
final class EnvironmentOverrides {
    private static final String KEY = "environments";
    private static final String STEPS = "step_templates";
    private static final String MERGED = "handler_config";

    private final LocatedYaml yaml;
    private final String source;

    EnvironmentOverrides(LocatedYaml yaml, String source) {
        this.yaml = yaml;
        this.source = source;
    }

    /// The document for an environment; one that the template does not know changes nothing.
    ///
    /// @throws InvalidTemplateException TEMPLATE_INVALID: an override names a step that the template does not have
    Map<String, @Nullable Object> apply(Optional<String> environment) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>(object(yaml.root()));
        Map<String, @Nullable Object> environments = object(document.remove(KEY));
        environments.forEach((name, overrides) -> checkSteps(document, name, object(overrides)));
        environment.map(environments::get).map(EnvironmentOverrides::object).ifPresent(overrides -> {
            List<Object> steps = overriddenSteps(list(document.get(STEPS)), list(overrides.get(STEPS)));
            document.putAll(overrides);
            document.put(STEPS, steps);
        });
        return document;
    }

    private void checkSteps(
            Map<String, @Nullable Object> document, String environment, Map<String, @Nullable Object> overrides) {
        List<Object> known = list(document.get(STEPS)).stream()
                .map(EnvironmentOverrides::nameOf)
                .toList();
        List<?> steps = list(overrides.get(STEPS));
        for (int index = 0; index < steps.size(); index++) {
            Object name = nameOf(steps.get(index));
            if (!known.contains(name)) {
                String pointer = "/" + KEY + "/" + environment + "/" + STEPS + "/" + index + "/name";
                int line = yaml.lineOf(pointer);
                throw new InvalidTemplateException(
                        ErrorCode.TEMPLATE_INVALID,
                        source + ":" + line + ": environment `" + environment + "` overrides step `" + name
                                + "`, which is no step of this template (" + join(known) + ")",
                        Map.of("file", source, "line", line, "key", pointer));
            }
        }
    }

    private static List<Object> overriddenSteps(List<?> steps, List<?> overrides) {
        List<Object> result = new ArrayList<>();
        for (Object step : steps) {
            Map<String, @Nullable Object> merged = new LinkedHashMap<>(object(step));
            overrides.stream()
                    .filter(override -> nameOf(override).equals(nameOf(step)))
                    .forEach(override -> object(override)
                            .forEach((key, value) -> merged.merge(
                                    key,
                                    Objects.requireNonNull(value),
                                    key.equals(MERGED) ? EnvironmentOverrides::deepMerge : (_, given) -> given)));
            result.add(merged);
        }
        return result;
    }

    private static Object deepMerge(Object base, Object override) {
        if (!(base instanceof Map && override instanceof Map)) {
            return override;
        }
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(object(base));
        object(override).forEach((key, value) -> {
            Object known = merged.get(key);
            merged.put(key, known == null || value == null ? value : deepMerge(known, value));
        });
        return merged;
    }

    private static Object nameOf(@Nullable Object step) {
        return Objects.requireNonNull(object(step).get("name"));
    }

    private static String join(List<Object> names) {
        return String.join(", ", names.stream().map(Object::toString).toList());
    }

    // The schema has checked the form: these casts cannot fail.
    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value == null ? Map.of() : (Map<String, @Nullable Object>) value;
    }

    private static List<?> list(@Nullable Object value) {
        return value == null ? List.of() : (List<?>) value;
    }
}
