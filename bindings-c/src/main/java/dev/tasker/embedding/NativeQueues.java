package dev.tasker.embedding;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The queues of `tasker.c`, as calls into it. Safe from any thread.
@SuppressWarnings("restricted") // calls into the library that called us
final class NativeQueues {
    /// Of `struct request_view`, in its order; each has 64 bits.
    static final List<String> FIELDS =
            List.of("id", "kind", "engine", "number", "name", "name_length", "json", "length");

    static final long REQUEST_BYTES = (long) FIELDS.size() * Long.BYTES;

    private static final int ID = 0;
    private static final int KIND = 1;
    private static final int ENGINE = 2;
    private static final int NUMBER = 3;
    private static final int NAME = 4;
    private static final int NAME_LENGTH = 5;
    private static final int JSON = 6;
    private static final int JSON_LENGTH = 7;

    /// Of all three functions: six numbers, of which some are addresses. The start of the JVM takes longer by some
    /// milliseconds for each further signature, and for each argument that is an address to Java, too.
    private static final FunctionDescriptor SIGNATURE = FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);

    private static final long NONE = 0;

    private final MethodHandle takeRequest;
    private final MethodHandle giveReply;
    private final MethodHandle offerWork;

    NativeQueues(MemorySegment takeRequest, MemorySegment giveReply, MemorySegment offerWork) {
        Linker linker = Linker.nativeLinker();
        this.takeRequest = linker.downcallHandle(takeRequest, SIGNATURE);
        this.giveReply = linker.downcallHandle(giveReply, SIGNATURE);
        this.offerWork = linker.downcallHandle(offerWork, SIGNATURE);
    }

    /// Waits for the next request.
    ///
    /// @param room of [#REQUEST_BYTES], which the calling thread keeps
    Request take(MemorySegment room) {
        try {
            int _ = (int) takeRequest.invokeExact(room.address(), NONE, NONE, NONE, NONE, NONE);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
        return new Request(
                number(room, ID),
                RequestKind.of((int) number(room, KIND)),
                number(room, ENGINE),
                number(room, NUMBER),
                text(room, NAME, NAME_LENGTH),
                text(room, JSON, JSON_LENGTH));
    }

    /// Answers a request, once.
    void reply(long request, Status status, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            long address = copy(arena, bytes).address();
            int _ = (int)
                    giveReply.invokeExact(request, (long) status.code(), address, (long) bytes.length, NONE, NONE);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// Hands work to the program.
    ///
    /// @param request whose caller runs it; 0: whoever asks next
    /// @return false: nobody is there any more
    boolean offer(long engine, long request, long work, ItemKind kind, String item) {
        byte[] bytes = item.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            long address = copy(arena, bytes).address();
            return (int) offerWork.invokeExact(
                            engine, request, work, (long) kind.number(), address, (long) bytes.length)
                    != 0;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        MemorySegment segment = arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    /// Of the request that was taken last.
    static long id(MemorySegment room) {
        return number(room, ID);
    }

    private static long number(MemorySegment room, int field) {
        return room.getAtIndex(ValueLayout.JAVA_LONG, field);
    }

    private static Request.Text text(MemorySegment room, int address, int length) {
        return new Request.Text(number(room, address), number(room, length));
    }
}
