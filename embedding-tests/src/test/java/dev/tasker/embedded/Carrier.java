package dev.tasker.embedded;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The carrier that the apps call: `POST /bookings`. It books, unless a test tells it what to do with the next calls
/// for
/// an order.
final class Carrier implements AutoCloseable {
    private static final int BOOKED = 201;
    private static final long HOLD_SECONDS_MAX = 60;
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Deque<Plan>> plans = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    Carrier() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/bookings", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    private record Plan(int status, CountDownLatch gate) {}

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// The next call for an order gets this status.
    void answerNext(String order, int status) {
        plan(order, new Plan(status, new CountDownLatch(0)));
    }

    /// The next call for an order gets no answer.
    ///
    /// @return what makes the carrier book it, after all
    Runnable holdNext(String order) {
        CountDownLatch gate = new CountDownLatch(1);
        plan(order, new Plan(BOOKED, gate));
        return gate::countDown;
    }

    int calls(String order) {
        return calls.getOrDefault(order, new AtomicInteger()).get();
    }

    void awaitCalls(String order, int number, Duration longest) {
        Tasks.await("the carrier was called " + number + " times for " + order, longest, () -> calls(order) >= number);
    }

    private void plan(String order, Plan plan) {
        plans.computeIfAbsent(order, _ -> new ConcurrentLinkedDeque<>()).add(plan);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode booking = JSON.readTree(exchange.getRequestBody());
            String order = booking.path("order_reference").asString();
            calls.computeIfAbsent(order, _ -> new AtomicInteger()).incrementAndGet();
            Plan plan = Optional.ofNullable(plans.get(order))
                    .map(Deque::poll)
                    .orElse(new Plan(BOOKED, new CountDownLatch(0)));
            boolean isReleased = plan.gate().await(HOLD_SECONDS_MAX, TimeUnit.SECONDS);
            byte[] body = JSON.writeValueAsString(
                            Map.of("booking_id", "B-" + order, "parcels", booking.path("parcels")))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(isReleased ? plan.status() : 504, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
