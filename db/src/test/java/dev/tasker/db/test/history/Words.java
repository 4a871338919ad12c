package dev.tasker.db.test.history;

import java.util.List;
import java.util.SplittableRandom;

/// What generated tasks say of themselves; most say little.
final class Words {
    private static final List<String> OPERATORS = List.of("alice", "bob", "carol");
    private static final List<String> SYSTEMS = List.of("shop", "billing", "warehouse", "import");
    private static final List<String> TAGS = List.of("[]", "[\"batch\"]", "[\"batch\", \"night\"]", "[\"web\"]");

    private Words() {}

    static String operator(SplittableRandom random) {
        return any(OPERATORS, random);
    }

    static String initiator(SplittableRandom random) {
        return random.nextInt(100) < 80 ? "unknown" : any(OPERATORS, random);
    }

    static String sourceSystem(SplittableRandom random) {
        return random.nextInt(100) < 70 ? "unknown" : any(SYSTEMS, random);
    }

    static String tags(SplittableRandom random) {
        return random.nextInt(2_000) == 0 ? "[\"rare\"]" : any(TAGS, random);
    }

    static String context(long taskId, SplittableRandom random) {
        return "{\"order_id\": " + taskId + ", \"customer\": \"c-" + random.nextInt(20_000) + "\", \"amount_cents\": "
                + random.nextInt(100_000) + ", \"items\": [{\"sku\": \"A-" + random.nextInt(1_000) + "\", \"units\": "
                + (1 + random.nextInt(9)) + "}]}";
    }

    /// Sixty-four hexadecimal digits, like those of a real identity; another one for each task and seed.
    static String hash(long seed, long taskId) {
        SplittableRandom digits = new SplittableRandom(seed * 31 + taskId);
        return "%016x%016x%016x%016x".formatted(digits.nextLong(), digits.nextLong(), digits.nextLong(), taskId);
    }

    private static String any(List<String> words, SplittableRandom random) {
        return words.get(random.nextInt(words.size()));
    }
}
