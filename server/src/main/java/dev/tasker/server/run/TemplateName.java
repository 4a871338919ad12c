package dev.tasker.server.run;

import dev.tasker.error.ErrorCode;
import dev.tasker.error.InvalidRequestException;
import dev.tasker.identity.TemplateReference;
import java.nio.file.Path;
import java.util.Map;

/// How a user names a template: a file, or a reference to a registered one.
public sealed interface TemplateName {
    /// A `.yaml` file.
    record InFile(Path path) implements TemplateName {}

    /// `[namespace.]name[@version]`
    record Registered(TemplateReference reference) implements TemplateName {}

    /// Reads either form.
    ///
    /// @throws InvalidRequestException OPTION_INVALID: neither form
    static TemplateName parse(String text) {
        if (text.endsWith(".yaml") || text.endsWith(".yml") || text.contains("/")) {
            return new InFile(Path.of(text));
        }
        return TemplateReference.parse(text)
                .map(Registered::new)
                .orElseThrow(() -> new InvalidRequestException(
                        ErrorCode.OPTION_INVALID,
                        "`" + text + "` names no template: give the path of a .yaml file or"
                                + " [namespace.]name[@version], such as shop.order@1.2.0",
                        Map.of("template", text)));
    }
}
