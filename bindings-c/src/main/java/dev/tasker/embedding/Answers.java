package dev.tasker.embedding;

import dev.tasker.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives the program answers as work: for questions that take long, to a program that cannot lend a thread to each.
/// They
/// come also while the engine closes. Safe from any thread.
final class Answers {
    private final NativeQueues queues;
    private final long engine;

    Answers(NativeQueues queues, long engine) {
        this.queues = queues;
        this.engine = engine;
    }

    /// What is asked.
    @FunctionalInterface
    interface Question {
        Map<String, @Nullable Object> answer() throws InterruptedException;
    }

    /// Answers a question on this thread, with what came of it or an `error`.
    ///
    /// @param head with the kind of the item, and whatever tells the program which question it was
    void give(Map<String, @Nullable Object> head, Question question) {
        try {
            offer(head, question.answer());
        } catch (Throwable problem) {
            // Errors too: the program waits for an answer.
            offer(head, Map.of("error", Requests.error(problem)));
        }
    }

    private void offer(Map<String, @Nullable Object> head, Map<String, ? extends @Nullable Object> answer) {
        Map<String, @Nullable Object> item = new LinkedHashMap<>(head);
        item.putAll(answer);
        // Refused only where the engine has closed: then nobody waits any more.
        boolean _ = queues.offer(engine, 0, 0, ItemKind.ANSWER, Json.write(item));
    }
}
