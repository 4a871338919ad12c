package dev.tasker.request;

import dev.tasker.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// JSON text that is equal for equal values: keys in order, and `1`, `1.0` and `1e0` as one number.
final class CanonicalJson {
    private CanonicalJson() {}

    static String of(@Nullable Object value) {
        return Json.writeCanonical(normal(value));
    }

    private static @Nullable Object normal(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> normal = new TreeMap<>();
                map.forEach((key, element) -> normal.put(String.valueOf(key), normal(element)));
                yield normal;
            }
            case List<?> list -> {
                List<@Nullable Object> normal = new ArrayList<>(list.size());
                list.forEach(element -> normal.add(normal(element)));
                yield normal;
            }
            case BigInteger number -> new BigDecimal(number).stripTrailingZeros();
            case BigDecimal number -> number.stripTrailingZeros();
            case Number number -> new BigDecimal(number.toString()).stripTrailingZeros();
            default -> value;
        };
    }
}
