package dev.tasker.embedding;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// The queues of `tasker.c`, as calls into it. Safe from any thread.
///
/// Native methods, and not the foreign function interface, which takes 25 to 50 ms of each start
/// (decision 20 in `docs/decisions`).
final class NativeQueues {
    /// Of `struct request_view`, in its order; each has 64 bits.
    static final List<String> FIELDS =
            List.of("id", "kind", "engine", "number", "name", "name_length", "json", "length");

    private static final int ID = 0;
    private static final int KIND = 1;
    private static final int ENGINE = 2;
    private static final int NUMBER = 3;
    private static final int NAME = 4;
    private static final int NAME_LENGTH = 5;
    private static final int JSON = 6;
    private static final int JSON_LENGTH = 7;

    /// Room for a request, which the thread that takes it keeps.
    static long[] room() {
        return new long[FIELDS.size()];
    }

    /// Waits for the next request.
    Request next(long[] room) {
        take(room);
        return new Request(
                room[ID],
                RequestKind.of((int) room[KIND]),
                room[ENGINE],
                room[NUMBER],
                new Request.Text(room[NAME], room[NAME_LENGTH]),
                new Request.Text(room[JSON], room[JSON_LENGTH]));
    }

    /// Answers a request, once.
    void reply(long request, Status status, String text) {
        reply(request, status.code(), text.getBytes(StandardCharsets.UTF_8));
    }

    /// Hands work to the program.
    ///
    /// @param request whose caller runs it; 0: whoever asks next
    /// @return false: nobody is there any more
    boolean offer(long engine, long request, long work, ItemKind kind, String item) {
        return offer(engine, request, work, kind.number(), item.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads text in the memory of the program, which the library has checked.
    static String read(long address, long bytes) {
        return bytes == 0 ? "" : new String(text(address, bytes), StandardCharsets.UTF_8);
    }

    /// Of the request that was taken last.
    static long id(long[] room) {
        return room[ID];
    }

    private static native void take(long[] room);

    private static native byte[] text(long address, long bytes);

    private static native void reply(long request, int status, byte[] text);

    private static native boolean offer(long engine, long request, long work, int kind, byte[] item);
}
