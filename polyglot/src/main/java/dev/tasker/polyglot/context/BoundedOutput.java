package dev.tasker.polyglot.context;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// What one context prints: passed on to a stream, up to a limit for each attempt. Safe from any thread.
final class BoundedOutput extends OutputStream {
    private final OutputStream target;
    private final int bytesMax;
    private int left;
    private boolean isCut;

    BoundedOutput(OutputStream target, int bytesMax) {
        this.target = target;
        this.bytesMax = bytesMax;
        this.left = bytesMax;
    }

    /// The next attempt has its own limit.
    synchronized void startAnew() {
        left = bytesMax;
        isCut = false;
    }

    @Override
    public synchronized void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        int passed = Math.min(length, left);
        target.write(bytes, offset, passed);
        left -= passed;
        if (passed < length && !isCut) {
            isCut = true;
            String notice =
                    "\ntasker: more than " + bytesMax + " bytes were printed by one attempt; the rest is dropped\n";
            target.write(notice.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void flush() throws IOException {
        target.flush();
    }
}
