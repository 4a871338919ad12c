package dev.tasker.execution.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Keeps the first bytes of a body and reads no further.
final class BoundedBody implements BodySubscriber<BoundedBody.Content> {
    private final int bytesMax;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final CompletableFuture<Content> content = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /// What was kept.
    static final class Content {
        private final byte[] bytes;
        private final boolean isTruncated;

        Content(byte[] bytes, boolean isTruncated) {
            this.bytes = bytes;
            this.isTruncated = isTruncated;
        }

        int length() {
            return bytes.length;
        }

        /// Whether there was more.
        boolean isTruncated() {
            return isTruncated;
        }

        String text(Charset charset) {
            return new String(bytes, charset);
        }
    }

    @Override
    public CompletionStage<Content> getBody() {
        return content;
    }

    @Override
    public void onSubscribe(Flow.Subscription started) {
        this.subscription = started;
        started.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            int room = bytesMax - kept.size();
            byte[] part = new byte[Math.min(room, buffer.remaining())];
            buffer.get(part);
            kept.writeBytes(part);
            if (buffer.hasRemaining()) {
                stop();
                return;
            }
        }
    }

    @Override
    public void onError(Throwable problem) {
        content.completeExceptionally(problem);
    }

    @Override
    public void onComplete() {
        content.complete(new Content(kept.toByteArray(), false));
    }

    private void stop() {
        Flow.Subscription running = subscription;
        if (running != null) {
            running.cancel();
        }
        content.complete(new Content(kept.toByteArray(), true));
    }
}
