package dev.tasker.examples.mixed;

/// A number that follows from the input alone, so that a repeated attempt gives the same one.
final class ReferenceNumber {
    private static final long START = 7;
    private static final long FACTOR = 31;
    private static final long MODULUS = 9_999_999_967L;

    private ReferenceNumber() {}

    /// The prefix, a hyphen and ten digits.
    static String of(String prefix, String... parts) {
        long number = String.join("|", parts)
                .codePoints()
                .asLongStream()
                .reduce(START, (hash, character) -> (hash * FACTOR + character) % MODULUS);
        return "%s-%010d".formatted(prefix, number);
    }
}
