package dev.tasker.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.embedded.App.Answer;
import dev.tasker.embedded.Tasks.Move;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What each of the example apps must do, seen from outside: by HTTP, by the carrier that it calls, by its processes,
/// and in
/// its database.
@TestInstance(Lifecycle.PER_CLASS)
abstract class AppTest {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration RUN_MAX = Duration.ofSeconds(60);

    /// From the end of a lease to the next attempt: looking for it, for the task, and by the queue.
    private static final Duration TAKEOVER_MAX = LEASE.plusSeconds(2);

    /// From when a step is due to its attempt: queues look for delayed jobs about once a second.
    private static final Duration LATE_MAX = Duration.ofSeconds(5);

    private static final Duration STOP_MAX = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();

    private final Path examples;
    private final Path folder;
    private final String enqueuer;
    private Carrier carrier;
    private Database database;
    private RedisServer redis;
    private Tasks tasks;
    private App app;
    private HostProcess web;
    private HostProcess worker;

    /// @param examples folder of the language's examples
    /// @param app its folder below that
    /// @param enqueuer the name of its queue
    AppTest(String examples, String app, String enqueuer) {
        this.examples = Installed.HOME.resolve(examples);
        this.folder = this.examples.resolve(app);
        this.enqueuer = enqueuer;
    }

    /// Skips where something is missing.
    ///
    /// @return more that this app is told
    abstract Map<String, String> prepare() throws Exception;

    /// The exit codes of its web server and of its worker after SIGTERM.
    abstract List<Integer> exitCodes();

    @BeforeAll
    void startApp() throws Exception {
        Installed.require(Files.exists(folder.resolve("start")), folder + " has no start");
        Map<String, String> environment = new HashMap<>(prepare());
        redis = RedisServer.start(Folders.fresh(getClass()));
        carrier = new Carrier();
        database = new Database();
        tasks = new Tasks(database);
        environment.putAll(Installed.engine());
        environment.put("TASKER_DATABASE_URL", database.url());
        environment.put("REDIS_URL", redis.url());
        environment.put("PORT", RedisServer.freePort() + "");
        environment.put("CARRIER_URL", carrier.url());
        environment.put("TASKER_ENGINE__LEASE", LEASE.toSeconds() + "s");
        environment.put("TASKER_REENQUEUE__REPEAT", "3s");
        app = new App(getClass().getSimpleName(), folder, environment, tasks);
        startWhatDoesNotRun();
    }

    @AfterAll
    void stopApp() throws Exception {
        for (AutoCloseable part : new AutoCloseable[] {app, carrier, redis, tasks, database}) {
            if (part != null) {
                part.close();
            }
        }
    }

    @BeforeEach
    void startWhatDoesNotRun() throws Exception {
        if (web == null || !web.isAlive()) {
            web = app.startWeb();
        }
        if (worker == null || !worker.isAlive()) {
            worker = app.startWorker();
        }
    }

    @Test
    void anOrderCompletesWithTheResultsOfAllOtherHosts() throws Exception {
        Answer answer = app.post("/orders", order(0).toString());

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("location")).isEqualTo("/orders/" + answer.taskId());
        assertThat(answer.body().path("state").asString()).isNotBlank();
        tasks.awaitComplete(List.of(answer.taskId()), RUN_MAX);

        JsonNode shown = app.get("/orders/" + answer.taskId()).body();
        assertThat(shown.path("state").asString()).isEqualTo("complete");
        assertThat(shown.path("order_reference")).isEqualTo(order(0).path("order_reference"));
        Map<String, JsonNode> results = new TreeMap<>();
        shown.path("steps").forEach(step -> results.put(step.path("name").asString(), step.path("results")));
        assertThat(JSON.<JsonNode>valueToTree(results))
                .isEqualTo(JSON.readTree(Files.readString(examples.resolve("expected/order_fulfillment.json"))));
        assertThat(tasks.enqueuer(answer.taskId())).isEqualTo(enqueuer);
    }

    @Test
    void aFailedPaymentIsTriedAgainByTheQueueWhenItIsDue() throws Exception {
        long task = app.post(
                        "/orders", order(1).put("order_reference", reference()).toString())
                .taskId();

        tasks.awaitComplete(List.of(task), RUN_MAX);

        List<Move> moves = tasks.moves(task, "charge_payment");
        Instant due = moves.stream()
                .filter(move -> move.retriesAt() != null)
                .findFirst()
                .orElseThrow()
                .retriesAt();
        List<Move> claims = moves.stream().filter(Move::isClaim).toList();
        assertThat(claims).hasSize(2);
        assertThat(claims.getLast().at()).isBetween(due, due.plus(LATE_MAX));
        assertThat(worker.started(claims.getLast().process()))
                .as("the second attempt ran in the worker of the queue: %s", claims.getLast())
                .isTrue();
        assertThat(moves)
                .filteredOn(Move::isCompletion)
                .extracting(Move::attempt)
                .containsExactly(2);
    }

    @Test
    void aShipmentIsBookedWhenTheCarrierIsBack() throws Exception {
        String order = reference();
        carrier.answerNext(order, 503);

        long task = app.ship(order);
        tasks.awaitComplete(List.of(task), RUN_MAX);

        JsonNode shipment = app.get("/shipments/" + task).body();
        JsonNode booking = step(shipment, "book_carrier");
        assertThat(booking.path("attempts").asInt()).isEqualTo(2);
        assertThat(booking.path("results").path("booking_id").asString()).isEqualTo("B-" + order);
        assertThat(step(shipment, "announce_shipment").path("results").toString())
                .contains("B-" + order);
        assertThat(carrier.calls(order)).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsToldAndNothingIsStored() throws Exception {
        long last = tasks.lastId();
        ObjectNode withoutCustomer = order(0);
        withoutCustomer.remove("customer");

        assertError(app.post("/orders", withoutCustomer.toString()), 422);
        assertError(app.post("/shipments", "{\"order_reference\": \"W-1\", \"parcels\": 0}"), 422);
        assertError(app.post("/orders", "{"), 400);
        assertError(app.get("/orders/999999999"), 404);
        assertError(app.get("/shipments/999999999"), 404);
        assertThat(tasks.idsAfter(last)).isEmpty();
    }

    @Test
    void aRepeatedRequestIsAnsweredWithTheFirstTask() throws Exception {
        long last = tasks.lastId();
        String body = order(0).put("order_reference", reference()).toString();
        String key = UUID.randomUUID().toString();

        Answer first = app.post("/orders", body, "Idempotency-Key", key);
        Answer second = app.post("/orders", body, "Idempotency-Key", key);

        assertThat(first.status()).isEqualTo(202);
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.taskId()).isEqualTo(first.taskId());
        assertThat(tasks.idsAfter(last)).containsExactly(first.taskId());
        tasks.awaitComplete(List.of(first.taskId()), RUN_MAX);
    }

    @Test
    void anotherWorkerTakesOverFromOneThatIsKilled() throws Exception {
        String order = reference();
        Runnable release = carrier.holdNext(order);
        HostProcess other = null;
        try {
            long task = app.ship(order);
            carrier.awaitCalls(order, 1, RUN_MAX);
            Tasks.Running first = tasks.awaitRunning(task, "book_carrier", RUN_MAX);
            other = app.startWorker();

            Instant killed = tasks.now();
            ProcessHandle.of(first.process()).orElseThrow().destroyForcibly();
            tasks.awaitComplete(List.of(task), RUN_MAX);

            List<Move> moves = tasks.moves(task, "book_carrier");
            assertThat(moves)
                    .filteredOn(Move::isTakeover)
                    .extracting(Move::worker)
                    .containsExactly(first.worker());
            Move second = moves.stream().filter(Move::isClaim).toList().getLast();
            assertThat(second.attempt()).isEqualTo(2);
            assertThat(second.worker()).isNotEqualTo(first.worker());
            assertThat(Duration.between(killed, second.at()))
                    .as("from the kill to the second attempt")
                    .isLessThan(TAKEOVER_MAX);
            assertThat(moves).filteredOn(Move::isCompletion).hasSize(1);
            assertThat(carrier.calls(order)).isEqualTo(2);
        } finally {
            release.run();
            if (other != null) {
                worker.close();
                worker = other;
            }
        }
    }

    @Test
    void ordersThatWereTakenWithoutRedisByAKilledWebServerComplete() throws Exception {
        redis.kill();
        List<Long> accepted = new ArrayList<>();
        for (int number = 0; number < 3; number++) {
            Answer answer = app.post(
                    "/orders", order(0).put("order_reference", reference()).toString());
            assertThat(answer.status()).isEqualTo(202);
            accepted.add(answer.taskId());
        }
        // They are stored, and no queue can know of them.
        web.kill();
        redis.restart();
        web = app.startWeb();

        tasks.awaitComplete(accepted, RUN_MAX);
        assertThat(worker.isAlive()).as("the worker lives on; " + worker.tail()).isTrue();
        assertThat(accepted)
                .allSatisfy(task -> assertThat(tasks.moves(task).stream().filter(Move::isCompletion))
                        .hasSize(6));
    }

    @Test
    void aTerminatedAppEndsInTimeAndLosesNoStep() throws Exception {
        String order = reference();
        Runnable release = carrier.holdNext(order);
        long task;
        try {
            task = app.ship(order);
            carrier.awaitCalls(order, 1, RUN_MAX);
            worker.terminate();
            web.terminate();
        } finally {
            release.run();
        }

        assertThat(web.awaitExit(STOP_MAX)).as(web.tail()).isEqualTo(exitCodes().getFirst());
        assertThat(worker.awaitExit(STOP_MAX))
                .as(worker.tail())
                .isEqualTo(exitCodes().getLast());
        startWhatDoesNotRun();
        tasks.awaitComplete(List.of(task), RUN_MAX);
        assertThat(tasks.moves(task, "book_carrier"))
                .filteredOn(Move::isCompletion)
                .extracting(Move::attempt)
                .as("a step that ends or is given back has used one attempt")
                .containsExactly(1);
    }

    private ObjectNode order(int failAttempts) throws Exception {
        ObjectNode order = (ObjectNode) JSON.readTree(Files.readString(examples.resolve("inputs/order.json")));
        ((ObjectNode) order.path("payment")).put("fail_attempts", failAttempts);
        return order;
    }

    private static void assertError(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
        JsonNode error = answer.body().path("error");
        assertThat(error.path("code").asString()).isNotBlank();
        assertThat(error.path("message").asString()).isNotBlank();
        assertThat(error.path("details").isObject()).isTrue();
    }

    private static JsonNode step(JsonNode task, String name) {
        return task.path("steps")
                .valueStream()
                .filter(step -> step.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String reference() {
        return "W-" + UUID.randomUUID();
    }
}
