package dev.tasker.execution;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a Java handler's class declares of itself; see [HandlerDeclaration]. A negative number and an empty text mean
/// that nothing is declared.
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface HandlerInfo {
    String description() default "";

    /// False: a failure is final, whatever it was.
    boolean retryable() default true;

    /// Executions in all.
    int retryLimit() default -1;

    /// JSON object with any of `strategy`, `base_seconds`, `multiplier`, `cap_seconds`, `jitter`.
    String backoff() default "";

    int timeoutSeconds() default -1;

    /// Attempts at once, per worker.
    int concurrency() default -1;

    /// JSON Schema of the step's inputs.
    String inputsSchema() default "";

    /// JSON Schema of what is stored.
    String resultSchema() default "";

    /// Names of the events that it publishes.
    String[] customEvents() default {};
}
