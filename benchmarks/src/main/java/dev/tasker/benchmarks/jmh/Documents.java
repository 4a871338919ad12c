package dev.tasker.benchmarks.jmh;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Data of a usual size.
final class Documents {
    private Documents() {}

    /// An order of ten lines, about 700 bytes as JSON.
    static Map<String, Object> order() {
        List<Map<String, Object>> lines = IntStream.range(0, 10)
                .<Map<String, Object>>mapToObj(
                        line -> Map.of("sku", "SKU-10" + line, "units", line + 1, "cents", 995 * (line + 1)))
                .toList();
        return Map.of(
                "order_id",
                "ORD-2026-000123",
                "customer",
                Map.of("name", "Ada Lovelace", "email", "ada@example.com", "country", "GB"),
                "express",
                true,
                "lines",
                lines);
    }
}
