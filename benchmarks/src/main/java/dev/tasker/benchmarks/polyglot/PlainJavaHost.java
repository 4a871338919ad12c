package dev.tasker.benchmarks.polyglot;

import dev.tasker.execution.HandlerDeclaration;
import dev.tasker.execution.HandlerHost;
import dev.tasker.execution.HandlerSource;
import dev.tasker.execution.JavaHandlerFactory;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.StepHandler;
import dev.tasker.execution.Task;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.result.StepResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The plain baseline: handlers in Java on one thread, which is named like the guests' threads.
final class PlainJavaHost implements HandlerHost {
    private final Map<HandlerKey, JavaHandlerFactory> factories = new ConcurrentHashMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("tasker-java-", 0).daemon().factory());

    PlainJavaHost() {
        // The thread is there from the start, to be found by its name.
        CompletableFuture.runAsync(() -> {}, thread).join();
    }

    @Override
    public HandlerRuntime runtime() {
        return HandlerRuntime.JAVA;
    }

    @Override
    public int slots() {
        return 1;
    }

    @Override
    public HandlerDeclaration load(HandlerSource source) {
        return factories
                .computeIfAbsent(source.key(), _ -> JavaHandlerFactory.load(source))
                .declaration();
    }

    @Override
    public RunningAttempt start(StepAttempt attempt, Consumer<StepResult> completion) {
        JavaHandlerFactory factory = Objects.requireNonNull(factories.get(attempt.handlerKey()));
        thread.execute(() -> completion.accept(factory.run(attempt)));
        return () -> {};
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /// Prices an order, like the handlers of the other languages.
    public static final class Order extends StepHandler {
        @Override
        public Object process(Task task, Sequence sequence, Step step) {
            Map<String, @Nullable Object> order = task.context();
            List<Map<String, @Nullable Object>> lines = new ArrayList<>();
            long quantity = 0;
            long net = 0;
            long tax = 0;
            for (Object entry : (List<?>) Objects.requireNonNull(order.get("items"))) {
                Map<?, ?> item = (Map<?, ?>) entry;
                long pieces = number(item, "quantity");
                long cents = pieces * number(item, "unit_cents");
                long taxCents = (cents * number(item, "tax_percent") + 50) / 100;
                Map<String, @Nullable Object> line = new LinkedHashMap<>();
                line.put("sku", item.get("sku"));
                line.put("quantity", pieces);
                line.put("net_cents", cents);
                line.put("tax_cents", taxCents);
                lines.add(line);
                quantity += pieces;
                net += cents;
                tax += taxCents;
            }
            Map<String, @Nullable Object> priced = new LinkedHashMap<>();
            priced.put("order_id", order.get("order_id"));
            priced.put("currency", order.get("currency"));
            priced.put("quantity", quantity);
            priced.put("net_cents", net);
            priced.put("tax_cents", tax);
            priced.put("total_cents", net + tax);
            priced.put("lines", lines);
            return priced;
        }

        private static long number(Map<?, ?> item, String field) {
            return (Long) Objects.requireNonNull(item.get(field));
        }
    }

    /// Returns what it gets.
    public static final class Echo extends StepHandler {
        @Override
        public Object process(Task task, Sequence sequence, Step step) {
            return task.context();
        }
    }
}
