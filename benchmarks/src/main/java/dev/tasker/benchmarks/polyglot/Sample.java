package dev.tasker.benchmarks.polyglot;

import dev.tasker.execution.DataFolder;
import dev.tasker.execution.Sequence;
import dev.tasker.execution.Step;
import dev.tasker.execution.StepAttempt;
import dev.tasker.execution.Task;
import dev.tasker.identity.ClaimId;
import dev.tasker.identity.HandlerKey;
import dev.tasker.identity.HandlerRuntime;
import dev.tasker.identity.StepId;
import dev.tasker.identity.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The data that all languages get.
final class Sample {
    /// Gets an order, computes totals, returns them and a line for each item.
    static final String ORDER = "Order";

    /// Returns what it gets.
    static final String ECHO = "Echo";

    /// Waits until every context has come to it.
    static final String MEET = "Meet";

    private static final int ITEMS = 10;
    private static final long TAX_PERCENT = 19;
    private static final long CENTS_FIRST = 495;
    private static final Duration ATTEMPT_MAX = Duration.ofMinutes(5);

    private Sample() {}

    /// 10 line items of 4 fields each.
    static Map<String, @Nullable Object> order() {
        List<Map<String, @Nullable Object>> items = new ArrayList<>();
        for (long item = 1; item <= ITEMS; item++) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("sku", "SKU-%05d".formatted(item * 7_919));
            fields.put("quantity", item);
            fields.put("unit_cents", CENTS_FIRST + 10 * item);
            fields.put("tax_percent", TAX_PERCENT);
            items.add(fields);
        }
        Map<String, @Nullable Object> order = new LinkedHashMap<>();
        order.put("order_id", "order-000042");
        order.put("currency", "EUR");
        order.put("items", items);
        return order;
    }

    /// About 300 bytes as JSON.
    static Map<String, @Nullable Object> echo() {
        Map<String, @Nullable Object> address = new LinkedHashMap<>();
        address.put("street", "Long Street 12");
        address.put("postal_code", "10115");
        address.put("city", "Berlin");
        address.put("country", "DE");
        Map<String, @Nullable Object> context = new LinkedHashMap<>();
        context.put("order_id", "order-000042");
        context.put("customer", "Ann Example");
        context.put("email", "ann@example.com");
        context.put("address", address);
        context.put("total_cents", 128_900L);
        context.put("is_gift", false);
        context.put("note", "please leave it with the neighbours on the second floor");
        context.put("tags", List.of("first", "europe", "web"));
        context.put("requested_at", "2026-01-02T03:04:05Z");
        return context;
    }

    static StepAttempt attempt(HandlerRuntime runtime, String handler, Sequence sequence) {
        Task task = new Task(
                new TaskId(1),
                "benchmark",
                "calls",
                "1.0.0",
                handler.equals(ECHO) ? echo() : order(),
                "benchmark",
                "benchmark",
                "benchmark",
                List.of(),
                "benchmark",
                Instant.EPOCH);
        Step step = new Step(new StepId(1), "call", 1, 3, task.context(), Map.of());
        return new StepAttempt(
                new ClaimId(1), key(runtime, handler), task, sequence, step, null, DataFolder.none(), ATTEMPT_MAX);
    }

    /// An attempt of a step without ancestors.
    static StepAttempt attempt(HandlerRuntime runtime, String handler) {
        return attempt(runtime, handler, name -> {
            throw new IllegalArgumentException("no step " + name);
        });
    }

    static HandlerKey key(HandlerRuntime runtime, String handler) {
        boolean isJava = runtime == HandlerRuntime.JAVA;
        return new HandlerKey(runtime, isJava ? PlainJavaHost.class.getName() + "$" + handler : handler);
    }
}
