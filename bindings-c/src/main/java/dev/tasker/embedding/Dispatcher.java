package dev.tasker.embedding;

import java.lang.foreign.Arena;

/// Fetches requests for as long as the process lives.
final class Dispatcher implements Runnable {
    private final NativeQueues queues;
    private final Requests requests;

    Dispatcher(NativeQueues queues, Requests requests) {
        this.queues = queues;
        this.requests = requests;
    }

    @Override
    public void run() {
        var room = Arena.global().allocate(NativeQueues.REQUEST_BYTES, Long.BYTES);
        while (true) {
            Request request = queues.take(room);
            if (request.kind().isQuick()) {
                requests.answer(request);
            } else {
                Thread.ofVirtual().name("tasker-request-" + request.id()).start(() -> requests.answer(request));
            }
        }
    }
}
