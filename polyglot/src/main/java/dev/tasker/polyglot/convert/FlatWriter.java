package dev.tasker.polyglot.convert;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.jspecify.annotations.Nullable;

/// Writes a JSON-like value in the flat form, for a guest that copies it.
final class FlatWriter {
    private final List<Object> flat = new ArrayList<>();

    FlatWriter add(@Nullable Object value) {
        switch (value) {
            case null -> flat.add(FlatTag.NULL);
            case Map<?, ?> map -> {
                put(FlatTag.MAP, map.size());
                map.forEach(this::entry);
            }
            case List<?> list -> {
                put(FlatTag.LIST, list.size());
                list.forEach(this::add);
            }
            case Boolean flag -> flat.add(flag ? FlatTag.TRUE : FlatTag.FALSE);
            case String text -> put(FlatTag.TEXT, text);
            case Instant instant -> put(FlatTag.TEXT, instant.toString());
            case BigInteger number -> put(FlatTag.BIG, number.toString(16));
            case BigDecimal number -> put(FlatTag.FLOAT, number.doubleValue());
            case Integer _, Long _, Short _, Byte _ -> put(FlatTag.INT, value);
            case Double _, Float _ -> put(FlatTag.FLOAT, value);
            default -> throw new IllegalArgumentException("not JSON-like: " + value.getClass());
        }
        return this;
    }

    ProxyArray toProxy() {
        return ProxyArray.fromArray(flat.toArray());
    }

    private void entry(Object key, @Nullable Object value) {
        flat.add(key.toString());
        add(value);
    }

    private void put(int tag, Object scalar) {
        flat.add(tag);
        flat.add(scalar);
    }
}
