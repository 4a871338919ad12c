package dev.tasker.polyglot;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// JSON-like values of all kinds, the odd ones among them more often than chance would have it. For one thread.
final class RandomJson {
    private static final int DEPTH_MAX = 20;
    private static final int PARTS_MAX = 300;

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "2026-01-02T03:04:05Z",
            "2026-02-30",
            "12",
            "1e5",
            "-0",
            "true",
            "null",
            "None",
            "nil",
            "NaN",
            "undefined",
            "Infinity",
            "🎉",
            "e\u0301",
            "\u200d\ufeff",
            "\u0001\t\n\r\u007f\u0085\u2028",
            "𝒳𐀀\uDBFF\uDFFD",
            "ß",
            "漢字",
            "\"quoted\\\"",
            "</script>",
            "#{x} ${y} {z} %s",
            "\uFFFD\uFFFF");
    private static final List<String> KEYS = List.of(
            "",
            " ",
            "a",
            "a.b",
            "[0]",
            "0",
            "-1",
            "1.5",
            "__proto__",
            "constructor",
            "prototype",
            "toString",
            "valueOf",
            "hasOwnProperty",
            "then",
            "length",
            "size",
            "keys",
            "items",
            "get",
            "class",
            "__class__",
            "__dict__",
            "self",
            "$ref",
            "nil",
            "🎉",
            "ключ",
            "a\nb",
            "\u0001",
            "name",
            "message",
            "data");
    private static final List<Object> NUMBERS = List.of(
            0L,
            1L,
            -1L,
            127L,
            128L,
            -129L,
            32_768L,
            1L << 31,
            (1L << 53) - 1,
            1L << 53,
            (1L << 53) + 1,
            -(1L << 53) - 1,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            Long.MIN_VALUE + 1,
            BigInteger.TWO.pow(63),
            BigInteger.TWO.pow(63).negate().subtract(BigInteger.ONE),
            BigInteger.TWO.pow(64),
            BigInteger.TEN.pow(40),
            BigInteger.TEN.pow(300).negate(),
            -0.0,
            0.0,
            0.1,
            1.0,
            2.0,
            -2.5,
            1e15,
            1e16,
            9.007199254740992e15,
            1e22,
            1e300,
            Double.MIN_VALUE,
            -Double.MIN_VALUE,
            Double.MAX_VALUE,
            Double.MIN_NORMAL,
            1 / 3.0,
            4.35);

    private final Random random;
    private int parts;

    RandomJson(long seed) {
        this.random = new Random(seed);
    }

    @Nullable
    Object next() {
        parts = 0;
        return value(1 + random.nextInt(DEPTH_MAX));
    }

    private @Nullable Object value(int levels) {
        if (++parts > PARTS_MAX || levels == 0 || random.nextInt(10) < 3) {
            return scalar();
        }
        // Chains reach far down; bushes reach far out.
        int size = random.nextInt(4) == 0 ? random.nextInt(12) : random.nextInt(3);
        return random.nextBoolean() ? list(size, levels - 1) : map(size, levels - 1);
    }

    private List<@Nullable Object> list(int size, int levels) {
        List<@Nullable Object> list = new ArrayList<>();
        for (int index = 0; index < size; index++) {
            list.add(value(levels));
        }
        return list;
    }

    private Map<String, @Nullable Object> map(int size, int levels) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int index = 0; index < size; index++) {
            map.put(random.nextInt(3) == 0 ? text() : KEYS.get(random.nextInt(KEYS.size())), value(levels));
        }
        return map;
    }

    private @Nullable Object scalar() {
        return switch (random.nextInt(10)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2, 3 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
            case 4 -> random.nextLong() >> random.nextInt(64);
            case 5 -> finite(Double.longBitsToDouble(random.nextLong()));
            case 6 -> wide(new BigInteger(1 + random.nextInt(900), random));
            case 7 -> TEXTS.get(random.nextInt(TEXTS.size()));
            default -> text();
        };
    }

    private static double finite(double number) {
        return Double.isFinite(number) ? number : -0.0;
    }

    private Object wide(BigInteger number) {
        BigInteger signed = random.nextBoolean() ? number : number.negate();
        return signed.bitLength() < Long.SIZE ? (Object) signed.longValue() : signed;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(20);
        for (int index = 0; index < length; index++) {
            int bound = random.nextInt(3) == 0 ? Character.MAX_CODE_POINT : 0x250;
            int point = 1 + random.nextInt(bound);
            text.appendCodePoint(point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? '?' : point);
        }
        return text.toString();
    }
}
