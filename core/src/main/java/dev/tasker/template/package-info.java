/// Stage 2: named, versioned workflow definitions, read from YAML, whose step graph has no cycle.
///
/// Before it: [dev.tasker.request] names one. After it: [dev.tasker.task] makes it concrete. Read [Template] first.
@NullMarked
package dev.tasker.template;

import org.jspecify.annotations.NullMarked;
