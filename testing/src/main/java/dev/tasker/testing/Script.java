package dev.tasker.testing;

import dev.tasker.error.PermanentError;
import dev.tasker.error.RetryableError;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a step does in a test instead of its handler: one answer per attempt, the last one again and again.
///
/// ```java
/// Script.failRetryable("gateway down").times(2).then(Script.succeed(Map.of("id",
/// 1)).after(Duration.ofSeconds(3)))
/// ```
///
/// Immutable.
public final class Script {
    private final List<Answer> answers;

    /// What one attempt does.
    ///
    /// @param takes virtual time from claim to outcome; empty: it never returns
    record Answer(Body body, Optional<Duration> takes) {}

    /// What a handler does.
    @FunctionalInterface
    public interface Body {
        /// See [StepHandler#process].
        @Nullable
        Object process(Task task, Sequence sequence, Step step) throws Exception;
    }

    private Script(List<Answer> answers) {
        this.answers = List.copyOf(answers);
    }

    /// The attempt succeeds with these results.
    public static Script succeed(@Nullable Object results) {
        return call((_, _, _) -> results);
    }

    /// The attempt succeeds with an empty object.
    public static Script succeed() {
        return succeed(Map.of());
    }

    /// The attempt does what a handler would do; what it throws fails the attempt.
    public static Script call(Body body) {
        return new Script(List.of(new Answer(body, Optional.of(Duration.ZERO))));
    }

    /// The attempt fails, and another one may succeed.
    public static Script failRetryable(String message) {
        return call((_, _, _) -> {
            throw new RetryableError(message);
        });
    }

    /// The attempt fails, and a server has asked to come back after this time.
    public static Script failRetryable(String message, Duration retryAfter) {
        return call((_, _, _) -> {
            throw new RetryableError(message, retryAfter, Map.of());
        });
    }

    /// The step fails for good.
    public static Script failPermanently(String message) {
        return call((_, _, _) -> {
            throw new PermanentError(message);
        });
    }

    /// The handler never returns: the step's timeout ends the attempt.
    public static Script neverReturn() {
        return new Script(List.of(new Answer((_, _, _) -> null, Optional.empty())));
    }

    /// The last answer takes virtual time: the step is in progress until it has passed.
    public Script after(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("an answer cannot take " + time);
        }
        List<Answer> changed = new ArrayList<>(answers);
        changed.set(changed.size() - 1, new Answer(answers.getLast().body(), Optional.of(time)));
        return new Script(changed);
    }

    /// The last answer is given this often.
    public Script times(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("an answer is given at least once, not " + number + " times");
        }
        return then(new Script(Collections.nCopies(number, answers.getLast())).withoutFirst());
    }

    /// What the attempts after these do.
    public Script then(Script next) {
        return new Script(Stream.concat(answers.stream(), next.answers.stream()).toList());
    }

    private Script withoutFirst() {
        return new Script(answers.subList(1, answers.size()));
    }

    /// The answer to the n-th attempt that really runs, from 1.
    Answer answer(int call) {
        return answers.get(Math.min(call, answers.size()) - 1);
    }

    /// An answer as a handler.
    static StepHandler handler(Body body, Map<String, @Nullable Object> config) {
        return new StepHandler(config) {
            @Override
            public @Nullable Object process(Task task, Sequence sequence, Step step) throws Exception {
                return body.process(task, sequence, step);
            }
        };
    }
}
