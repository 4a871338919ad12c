package dev.tasker.embedding;

/// What an item is that the program is given; the numbers are those of `enum item_kind` in `tasker.c`.
enum ItemKind {
    /// Something to begin; refused while the engine closes.
    NEW(0),
    /// What the program has asked for.
    ANSWER(1);

    private final int number;

    ItemKind(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
