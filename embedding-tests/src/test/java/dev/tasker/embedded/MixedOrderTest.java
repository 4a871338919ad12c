package dev.tasker.embedded;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One order through four languages, by four processes: CRuby, CPython and Node with the engine inside, and a hosted
/// worker on the JVM. The hosted one finds only the jar beside its template, so that it has only the handler in Java.
@TestInstance(Lifecycle.PER_CLASS)
class MixedOrderTest {
    private static final Path EXAMPLE = Installed.HOME.resolve("examples-mixed");
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration RUN_MAX = Duration.ofSeconds(90);
    private static final Duration REST_MAX = Duration.ofMillis(500);
    private static final int ORDERS = 20;
    private static final int BATCHES_MAX = 5;
    private static final JsonMapper JSON = new JsonMapper();

    /// An attempt of it that is lost must not be repeated, so that no worker is killed while it runs this step.
    private static final String NOT_RETRYABLE = "validate_cart";

    private final Map<String, HostProcess> workers = new TreeMap<>();
    private final Map<String, HostProcess.Launch> launches = new TreeMap<>();
    private final Path folder;
    private Database database;
    private Tasks tasks;
    private Path template;

    MixedOrderTest() throws IOException {
        folder = Folders.fresh(MixedOrderTest.class);
    }

    @BeforeAll
    void startWorkers() throws Exception {
        String ruby = Installed.program("ruby", "ruby");
        Installed.check("the gem ffi (Debian: ruby-ffi)", ruby, "-rffi", "-e", "0");
        String python = Installed.python("python3");
        String node = Installed.node();
        Path bindings = Installed.HOME.resolve("bindings-js");
        NodePackages.install(bindings, "koffi");

        template = Folders.copy(EXAMPLE, folder.resolve("hosted"), "templates")
                .resolve("templates/order_fulfillment.yaml");
        copyJar(folder.resolve("hosted/handlers"));
        Path embedded = Folders.copy(EXAMPLE, folder.resolve("embedded"), "handlers");
        Folders.copy(Installed.HOME.resolve("embedding-tests/workers"), embedded, ".");
        Files.createSymbolicLink(
                Files.createDirectories(embedded.resolve("node_modules")).resolve("tasker"), bindings);

        database = new Database();
        tasks = new Tasks(database);
        launch("jvm", Installed.HOME, Installed.tasker("worker", "-o", "json"));
        launch("ruby", embedded, worker(embedded, ".rb", ruby, "-I", Installed.HOME + "/bindings-ruby/lib"));
        launch("python", embedded, worker(embedded, ".py", python, "-B"));
        launch("node", embedded, worker(embedded, ".mjs", node));
        cli("template", "register", template.toString());
        for (String name : launches.keySet()) {
            start(name, 1);
        }
        for (HostProcess worker : workers.values()) {
            worker.awaitOutput("ready", START_MAX);
        }
    }

    @AfterAll
    void stopWorkers() throws SQLException {
        workers.values().forEach(HostProcess::close);
        if (database != null) {
            tasks.close();
            database.close();
        }
    }

    @Test
    void fourWorkersRunOneOrderTogether() throws Exception {
        JsonNode order = JSON.readTree(Files.readString(EXAMPLE.resolve("inputs/order.json")));

        long task = createOrders(List.of(order)).getFirst();
        tasks.awaitComplete(List.of(task), RUN_MAX);

        assertThat(tasks.results(task))
                .isEqualTo(JSON.readTree(Files.readString(EXAMPLE.resolve("expected/order_fulfillment.json"))));
        Map<String, String> ranIn = tasks.moves(task).stream()
                .filter(Tasks.Move::isCompletion)
                .collect(toMap(Tasks.Move::step, move -> languageOf(move.worker())));
        assertThat(ranIn)
                .isEqualTo(Map.of(
                        "validate_cart", "python",
                        "reserve_inventory", "ruby",
                        "charge_payment", "node",
                        "create_order", "jvm",
                        "send_confirmation", "ruby",
                        "update_analytics", "python"));
        assertThat(tasks.moves(task, "charge_payment").stream().filter(Tasks.Move::isClaim))
                .as("attempts of charge_payment")
                .hasSize(2);
    }

    @Test
    void ordersCompleteAlthoughEachEmbeddedWorkerIsKilledWithStepsInHand() throws Exception {
        List<Long> orders = new ArrayList<>();
        List<String> killed = new ArrayList<>();
        List<String> toKill = new ArrayList<>(List.of("python", "ruby", "node"));
        for (int batch = 1; !toKill.isEmpty() && batch <= BATCHES_MAX; batch++) {
            orders.addAll(createOrders(orders(batch)));
            for (String language : List.copyOf(toKill)) {
                if (killWithStepsInHand(language, orders)) {
                    toKill.remove(language);
                    killed.add(nameOf(language, 1));
                    start(language, 2);
                }
            }
        }
        assertThat(toKill).as("workers that could not be caught with a step").isEmpty();
        tasks.awaitComplete(orders, RUN_MAX);

        assertThat(orders)
                .allSatisfy(order -> assertThat(tasks.moves(order).stream()
                                .filter(Tasks.Move::isCompletion)
                                .map(Tasks.Move::step))
                        .containsExactlyInAnyOrder(
                                "validate_cart",
                                "reserve_inventory",
                                "charge_payment",
                                "create_order",
                                "send_confirmation",
                                "update_analytics"));
        List<Tasks.Move> taken = orders.stream()
                .flatMap(order -> tasks.moves(order).stream())
                .filter(Tasks.Move::isTakeover)
                .toList();
        assertThat(taken).extracting(Tasks.Move::worker).containsAll(killed);
    }

    /// Stops a worker where it is, and looks whether it holds a step that may be repeated; if so, kills it.
    ///
    /// @return whether it was killed; not where all orders are complete before
    private boolean killWithStepsInHand(String language, List<Long> orders) throws Exception {
        String name = nameOf(language, 1);
        HostProcess worker = workers.get(name);
        while (orders.stream().anyMatch(order -> !tasks.state(order).equals("complete"))) {
            if (!holdsOnlyWhatMayBeRepeated(name)) {
                continue;
            }
            worker.signal("STOP");
            // What it had sent before is done when the database was seen at rest.
            if (holdsOnlyWhatMayBeRepeated(name) && tasks.comeToRest(REST_MAX) && holdsOnlyWhatMayBeRepeated(name)) {
                worker.kill();
                return true;
            }
            worker.signal("CONT");
        }
        return false;
    }

    private boolean holdsOnlyWhatMayBeRepeated(String worker) {
        List<Tasks.Running> running = tasks.running(worker);
        return !running.isEmpty()
                && running.stream().noneMatch(step -> step.step().equals(NOT_RETRYABLE));
    }

    private List<JsonNode> orders(int batch) throws IOException {
        String order = Files.readString(EXAMPLE.resolve("inputs/order.json"));
        return IntStream.range(0, ORDERS)
                .mapToObj(number -> {
                    ObjectNode context = (ObjectNode) JSON.readTree(order);
                    return (JsonNode) context.put("order_reference", "MIXED-" + batch + "-" + number);
                })
                .toList();
    }

    private List<Long> createOrders(List<JsonNode> contexts) throws IOException, InterruptedException {
        long last = tasks.lastId();
        Path file = folder.resolve("after-" + last + ".jsonl");
        Files.write(
                file,
                contexts.stream()
                        .map(context -> "{\"context\":" + context + "}")
                        .toList());
        cli("task", "create", template.toString(), "--batch", file.toString());
        return tasks.idsAfter(last);
    }

    private void cli(String... arguments) throws IOException, InterruptedException {
        HostProcess.Launch launch =
                new HostProcess.Launch("MixedOrderTest/cli", folder, Installed.tasker(arguments), environment("cli"));
        try (HostProcess cli = launch.start()) {
            assertThat(cli.awaitExit(START_MAX)).as(cli.tail()).isZero();
        }
    }

    private void launch(String language, Path where, List<String> command) {
        launches.put(language, new HostProcess.Launch("MixedOrderTest/" + language, where, command, Map.of()));
    }

    private void start(String language, int number) throws IOException {
        String name = nameOf(language, number);
        HostProcess.Launch launch = launches.get(language);
        workers.put(
                name,
                new HostProcess.Launch("MixedOrderTest/" + name, launch.folder(), launch.command(), environment(name))
                        .start());
    }

    private Map<String, String> environment(String worker) {
        Map<String, String> environment = new HashMap<>(Installed.engine());
        environment.put("TASKER_DATABASE_URL", database.url());
        environment.put("TASKER_ENGINE__LEASE", "3s");
        environment.put("TASKER_ENGINE__WORKER_NAME", worker);
        environment.put(
                "PYTHONPATH", Installed.HOME.resolve("bindings-python/src").toString());
        return environment;
    }

    private static List<String> worker(Path embedded, String suffix, String... program) throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.add(embedded.resolve("worker" + suffix).toString());
        try (Stream<Path> files = Files.list(embedded.resolve("handlers"))) {
            files.map(Path::toString)
                    .filter(file -> file.endsWith(suffix))
                    .sorted()
                    .forEach(command::add);
        }
        return command;
    }

    private static void copyJar(Path folder) throws IOException {
        Path jar = EXAMPLE.resolve("target/tasker-examples-mixed-0.1.0.jar");
        Installed.require(
                Files.exists(jar), "examples-mixed is not built: ./mvnw -Dquick -pl examples-mixed -am package");
        Files.copy(jar, Files.createDirectories(folder).resolve("examples.jar"));
    }

    private static String nameOf(String language, int number) {
        return language + "-" + number;
    }

    private static String languageOf(String worker) {
        return worker.substring(0, worker.indexOf('-'));
    }
}
