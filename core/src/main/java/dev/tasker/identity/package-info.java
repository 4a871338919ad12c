/// The names of things: ids as types of their own, handler keys, template references.
///
/// A [TaskId] can never be passed where a [StepId] is meant.
@NullMarked
package dev.tasker.identity;

import org.jspecify.annotations.NullMarked;
