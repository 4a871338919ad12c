package dev.tasker.embedding;

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
        long[] room = NativeQueues.room();
        while (true) {
            try {
                serve(queues.next(room));
            } catch (Throwable problem) {
                // There was no room to begin with it. A request that was answered stays so.
                queues.reply(NativeQueues.id(room), Status.NOMEM, Requests.NO_ROOM);
            }
        }
    }

    private void serve(Request request) {
        if (request.kind().isQuick()) {
            requests.answer(request);
        } else {
            Thread.ofVirtual().name("tasker-request-", request.id()).start(() -> requests.answer(request));
        }
    }
}
