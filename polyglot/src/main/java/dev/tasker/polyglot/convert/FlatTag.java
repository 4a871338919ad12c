package dev.tasker.polyglot.convert;

/// The tags of the flat form in which values cross; the preludes of the languages know the same numbers.
///
/// A value is its tag, then: for INT, FLOAT and TEXT the scalar; for BIG the digits in base 16; for LIST the size and
/// the items; for MAP the size and key and value of each entry; for HOST a value that came from the host before.
final class FlatTag {
    static final int NULL = 0;
    static final int TRUE = 1;
    static final int FALSE = 2;
    static final int INT = 3;
    static final int BIG = 4;
    static final int FLOAT = 5;
    static final int TEXT = 6;
    static final int LIST = 7;
    static final int MAP = 8;
    static final int HOST = 9;

    private FlatTag() {}
}
