package dev.tasker.polyglot.convert;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/// Reads the flat form that a guest's walker wrote, as plain Java values. For one thread.
public final class FlatReader {
    /// The walkers stop before.
    private static final int DEPTH_MAX = 200;

    private final Value flat;
    private final long size;
    private final boolean isStrict;
    private final String root;
    private final Deque<String> path = new ArrayDeque<>();
    private long position;

    private FlatReader(Value flat, boolean isStrict, String root) {
        this.flat = flat;
        this.size = flat.hasArrayElements() ? flat.getArraySize() : 0;
        this.isStrict = isStrict;
        this.root = root;
        // After the kind.
        this.position = 1;
    }

    /// The first element: what kind of answer follows.
    public static String kind(Value answer) {
        return answer.getArrayElement(0).asString();
    }

    /// The value after the kind.
    ///
    /// @throws NotStorableException where a text or a key is such that JSON in PostgreSQL cannot hold it
    /// @throws MalformedException the walker did not write it
    public static @Nullable Object value(Value answer) {
        return value(answer, "results");
    }

    /// The same for another value than results.
    ///
    /// @param root how the path of what cannot be stored begins
    public static @Nullable Object value(Value answer, String root) {
        return new FlatReader(answer, true, root).read();
    }

    /// What a guest says about a failure; characters that cannot be stored are replaced.
    public static Map<String, @Nullable Object> description(Value answer) {
        FlatReader reader = new FlatReader(answer, false, "description");
        reader.position++;
        return reader.map(reader.count());
    }

    private @Nullable Object read() {
        try {
            return read(next());
        } catch (ClassCastException | NullPointerException | NumberFormatException misfit) {
            throw malformed();
        }
    }

    private @Nullable Object read(Value tag) {
        return switch (tag.asInt()) {
            case FlatTag.NULL -> null;
            case FlatTag.TRUE -> true;
            case FlatTag.FALSE -> false;
            case FlatTag.INT -> next().asLong();
            case FlatTag.BIG -> integer(new BigInteger(string(), 16));
            case FlatTag.FLOAT -> next().asDouble();
            case FlatTag.TEXT -> text(string());
            case FlatTag.LIST -> list(count());
            case FlatTag.MAP -> map(count());
            case FlatTag.HOST -> host(next());
            default -> throw malformed();
        };
    }

    private Value next() {
        if (position >= size) {
            throw malformed();
        }
        return flat.getArrayElement(position++);
    }

    private String string() {
        try {
            String text = next().asString();
            if (text != null) {
                return text;
            }
        } catch (ClassCastException misfit) {
            throw malformed();
        }
        throw malformed();
    }

    /// How many parts follow; each takes a place at least.
    private int count() {
        Value value = next();
        if (!value.fitsInInt() || value.asInt() < 0 || value.asInt() > size || path.size() > DEPTH_MAX) {
            throw malformed();
        }
        return value.asInt();
    }

    private MalformedException malformed() {
        return new MalformedException(place());
    }

    private static Object integer(BigInteger number) {
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    private List<@Nullable Object> list(int size) {
        List<@Nullable Object> items = new ArrayList<>(size);
        for (int index = 0; index < size; index++) {
            path.addLast("[" + index + "]");
            items.add(read());
            path.removeLast();
        }
        return items;
    }

    private Map<String, @Nullable Object> map(int size) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (int index = 0; index < size; index++) {
            String key = text(string());
            path.addLast("." + key);
            if (entries.containsKey(key)) {
                throw new NotStorableException(place(), "two keys of the map become the same text");
            }
            entries.put(key, read());
            path.removeLast();
        }
        return entries;
    }

    private @Nullable Object host(Value value) {
        return HostValues.unwrap(value)
                .orElseThrow(() -> new NotStorableException(place(), "an object of the host cannot be stored"))
                .value();
    }

    private String text(String text) {
        return isStrict ? storable(text) : TextRepair.storable(text);
    }

    private String storable(String text) {
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            if (character == '\0') {
                throw new NotStorableException(place(), "the text contains the character U+0000");
            }
            if (Character.isSurrogate(character)) {
                index = afterPair(text, index);
            }
        }
        return text;
    }

    private int afterPair(String text, int index) {
        if (index + 1 < text.length() && Character.isSurrogatePair(text.charAt(index), text.charAt(index + 1))) {
            return index + 1;
        }
        throw new NotStorableException(place(), "the text contains half of a character (an unpaired surrogate)");
    }

    private String place() {
        return root + String.join("", path);
    }
}
