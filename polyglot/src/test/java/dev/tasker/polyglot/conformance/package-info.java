/// The cases of `conformance/`, and the handler that does in Java what their scripts say. Other modules run them too.
@NullMarked
package dev.tasker.polyglot.conformance;

import org.jspecify.annotations.NullMarked;
