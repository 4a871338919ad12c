package dev.tasker.identity;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How a caller names a registered template: `[namespace.]name[@version]`. Without a version, the highest one is
/// meant.
public record TemplateReference(String namespace, String name, Optional<SemanticVersion> version) {
    public static final String DEFAULT_NAMESPACE = "default";
    private static final Pattern FORM =
            Pattern.compile("(?:([A-Za-z][A-Za-z0-9_-]*)\\.)?([A-Za-z][A-Za-z0-9_-]*)(?:@([0-9.]+))?");

    /// Reads a reference; empty where the text has another form.
    public static Optional<TemplateReference> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String namespace = Optional.ofNullable(matcher.group(1)).orElse(DEFAULT_NAMESPACE);
        Optional<String> versionText = Optional.ofNullable(matcher.group(3));
        Optional<SemanticVersion> version = versionText.flatMap(SemanticVersion::parse);
        if (versionText.isPresent() && version.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TemplateReference(namespace, matcher.group(2), version));
    }

    @Override
    public String toString() {
        return namespace + "." + name + version.map(number -> "@" + number).orElse("");
    }
}
