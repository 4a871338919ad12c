package dev.tasker.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Checks that a value is JSON-like, that is, that it can be stored and comes back equal.
///
/// JSON-like are null, Boolean, String, Byte to Long, BigInteger, finite Double, Float and BigDecimal, List and Map
/// with String keys, nested at most [#DEPTH_MAX] deep and without cycles. Text must be storable by PostgreSQL: no
/// NUL character, no half of a surrogate pair.
public final class JsonShape {
    /// Deeper values are refused.
    public static final int DEPTH_MAX = 100;

    private static final int PATH_CHARS_MAX = 500;
    /// What a JSON reader takes: larger numbers and keys would be stored, and could not be read again.
    private static final int DIGITS_MAX = 900;

    private static final int KEY_CHARS_MAX = 10_000;
    private static final double BITS_PER_DIGIT = 3.32;

    private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<String> path = new ArrayDeque<>();

    private JsonShape() {}

    /// Why a value is not JSON-like, and where: `results.items[3].price`.
    ///
    /// @param tooDeep the form is right, but there is too much of it
    public record Defect(String path, String reason, boolean tooDeep) {
        @Override
        public String toString() {
            return path + ": " + reason;
        }
    }

    /// Looks for the first thing that cannot be stored.
    ///
    /// @param root how the path of a defect begins, for example `results`
    public static Optional<Defect> defectIn(@Nullable Object value, String root) {
        JsonShape shape = new JsonShape();
        shape.path.addLast(root);
        return Optional.ofNullable(shape.inspect(value));
    }

    /// A copy with unmodifiable maps and lists, which keeps nulls and the order of keys.
    public static @Nullable Object immutableCopy(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, element) -> copy.put(String.valueOf(key), immutableCopy(element)));
                yield Collections.unmodifiableMap(copy);
            }
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>(list.size());
                list.forEach(element -> copy.add(immutableCopy(element)));
                yield Collections.unmodifiableList(copy);
            }
            case null -> null;
            default -> value;
        };
    }

    private @Nullable Defect inspect(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> inspectText(text);
            case Boolean _, Byte _, Short _, Integer _, Long _ -> null;
            case BigInteger number -> inspectDigits(number.bitLength() / BITS_PER_DIGIT);
            case BigDecimal number -> inspectDigits((double) number.precision() + Math.abs((double) number.scale()));
            case Double number ->
                Double.isFinite(number) ? null : defect(number + " is no JSON number; store null or a text instead");
            case Float number ->
                Float.isFinite(number) ? null : defect(number + " is no JSON number; store null or a text instead");
            case List<?> list -> inspectNested(list, () -> inspectElements(list));
            case Map<?, ?> map -> inspectNested(map, () -> inspectEntries(map));
            default -> defect("a " + value.getClass().getName() + " is not JSON-like");
        };
    }

    private @Nullable Defect inspectDigits(double digits) {
        return digits <= DIGITS_MAX
                ? null
                : defect("a number with more than " + DIGITS_MAX + " digits cannot be stored; store it as a text");
    }

    private @Nullable Defect inspectText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return defect("the text has a NUL character at position " + i + ", which the database cannot store");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return defect("the text has half of a surrogate pair at position " + i + ", which is not Unicode");
            }
        }
        return null;
    }

    private @Nullable Defect inspectNested(Object container, java.util.function.Supplier<@Nullable Defect> contents) {
        if (path.size() > DEPTH_MAX) {
            return new Defect(where(), "the value is nested more than " + DEPTH_MAX + " deep", true);
        }
        if (!open.add(container)) {
            return defect("the value contains itself");
        }
        Defect defect = contents.get();
        open.remove(container);
        return defect;
    }

    private @Nullable Defect inspectElements(List<?> list) {
        int index = 0;
        for (Object element : list) {
            path.addLast("[" + index++ + "]");
            Defect defect = inspect(element);
            if (defect != null) {
                return defect;
            }
            path.removeLast();
        }
        return null;
    }

    private @Nullable Defect inspectEntries(Map<?, ?> map) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key)) {
                return defect("the key " + entry.getKey() + " is not a text");
            }
            if (key.length() > KEY_CHARS_MAX) {
                return defect("a key has " + key.length() + " characters, more than " + KEY_CHARS_MAX);
            }
            path.addLast("." + key);
            Defect defect = inspectText(key);
            if (defect == null) {
                defect = inspect(entry.getValue());
            }
            if (defect != null) {
                return defect;
            }
            path.removeLast();
        }
        return null;
    }

    private Defect defect(String reason) {
        return new Defect(where(), reason, false);
    }

    private String where() {
        String where = String.join("", path);
        return where.length() <= PATH_CHARS_MAX ? where : where.substring(0, PATH_CHARS_MAX) + "…";
    }
}
