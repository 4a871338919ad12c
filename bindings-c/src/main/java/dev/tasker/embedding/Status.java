package dev.tasker.embedding;

/// What a call of the program returns; the codes are those of `enum tasker_status` in `tasker.h`.
enum Status {
    OK(0),
    CLOSED(2),
    INVALID(-1),
    HANDLE(-2),
    INTERNAL(-8),
    NOMEM(-9);

    private final int code;

    Status(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
