package dev.tasker.identity;

/// One version of one named task: `namespace.name@version`.
public record TemplateKey(String namespace, String name, SemanticVersion version) {
    @Override
    public String toString() {
        return namespace + "." + name + "@" + version;
    }
}
