package dev.tasker.embedded;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An example app as its users run it: processes that its `start` has started, and HTTP.
final class App implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();

    private final String name;
    private final Path folder;
    private final Map<String, String> environment;
    private final Tasks tasks;
    private final String address;
    // Uvicorn refuses the offer to go on with HTTP/2.
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_MAX)
            .build();
    private final List<HostProcess> started = new ArrayList<>();

    /// @param name of the test class, for logs
    /// @param environment what the app is told, with `PORT`
    App(String name, Path folder, Map<String, String> environment, Tasks tasks) {
        this.name = name;
        this.folder = folder;
        this.environment = Map.copyOf(environment);
        this.tasks = tasks;
        this.address = "http://127.0.0.1:" + environment.get("PORT");
    }

    /// An answer.
    ///
    /// @param body as JSON; missing where there is none
    record Answer(int status, Map<String, List<String>> headers, JsonNode body) {
        long taskId() {
            return body.path("task_id").asLong();
        }

        String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }
    }

    /// Starts the web server, and waits until it answers.
    HostProcess startWeb() throws IOException {
        HostProcess web = start("web");
        Tasks.await(name + " answers GET /up", START_MAX, () -> {
            requireAlive(web);
            return isUp();
        });
        return web;
    }

    /// Starts a process that runs the jobs, and waits until it has run one.
    HostProcess startWorker() throws IOException, InterruptedException {
        HostProcess worker = start("worker");
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (!hasRunOne(worker)) {
            requireAlive(worker);
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it has run no job within " + START_MAX.toSeconds() + " s; " + worker.tail());
            }
        }
        return worker;
    }

    /// Makes a shipment, and tells whether this worker, and no other one, has run it.
    private boolean hasRunOne(HostProcess worker) throws IOException, InterruptedException {
        long task = ship("PROBE-" + UUID.randomUUID());
        tasks.awaitComplete(List.of(task), START_MAX);
        return tasks.moves(task).stream()
                .filter(Tasks.Move::isCompletion)
                .anyMatch(move -> worker.started(move.process()));
    }

    /// Has the parcels of an order shipped.
    ///
    /// @return the task
    long ship(String order) throws IOException, InterruptedException {
        Answer answer = post("/shipments", "{\"order_reference\": \"" + order + "\", \"parcels\": 2}");
        if (answer.status() != 202) {
            throw new AssertionError("POST /shipments was answered with " + answer);
        }
        return answer.taskId();
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    Answer post(String path, String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    private HostProcess start(String part) throws IOException {
        String log = name + "/" + part + "-" + (started.size() + 1);
        HostProcess process = new HostProcess.Launch(log, folder, List.of("./start", part), environment).start();
        started.add(process);
        return process;
    }

    private static void requireAlive(HostProcess process) {
        if (!process.isAlive()) {
            throw new AssertionError("it has ended; " + process.tail());
        }
    }

    private boolean isUp() {
        try {
            return get("/up").status() == 200;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + path)).timeout(ANSWER_MAX);
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        String type = response.headers().firstValue("Content-Type").orElse("");
        return new Answer(
                response.statusCode(),
                response.headers().map(),
                type.contains("json") ? JSON.readTree(response.body()) : JSON.missingNode());
    }

    @Override
    public void close() {
        started.forEach(HostProcess::close);
        client.close();
    }
}
