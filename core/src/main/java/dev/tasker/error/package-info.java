/// What can go wrong: the list of error codes, and the exceptions that carry them.
///
/// Handler failures are values ([dev.tasker.result.StepResult.Failure]), not exceptions; the two exceptions here
/// that a Java handler throws ([RetryableError], [PermanentError]) become such values at once. Everything a
/// caller can get wrong is a [TaskerException]. Read [ErrorCode] first.
@NullMarked
package dev.tasker.error;

import org.jspecify.annotations.NullMarked;
