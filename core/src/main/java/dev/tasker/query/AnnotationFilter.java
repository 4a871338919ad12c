package dev.tasker.query;

/// Tasks with an annotation of this type that has this value under this key.
///
/// @param value the value as text: it stands for a string, and for a number or boolean written like that
public record AnnotationFilter(String type, String key, String value) {
    public AnnotationFilter {
        Filters.text(type, "annotation type");
        Filters.text(key, "annotation key");
    }
}
