package dev.tasker.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// A Redis of the tests' own, on a free port of 127.0.0.1. It keeps nothing when it stops.
final class RedisServer implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(10);
    private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);

    private final String program;
    private final int port;
    private final Path folder;
    private Process process;

    private RedisServer(String program, int port, Path folder, Process process) {
        this.program = program;
        this.port = port;
        this.folder = folder;
        this.process = process;
    }

    /// Skips the test where there is no `redis-server`.
    static RedisServer start(Path folder) throws IOException, InterruptedException {
        String program = Installed.program("redis-server", "redis-server");
        int port = freePort();
        RedisServer server = new RedisServer(program, port, folder, launch(program, port, folder));
        server.awaitAnswer();
        return server;
    }

    String url() {
        return "redis://127.0.0.1:" + port + "/0";
    }

    int port() {
        return port;
    }

    /// Ends it as a power failure does: all that it held is lost.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// Starts it again, empty, on the same port.
    void restart() throws IOException, InterruptedException {
        process = launch(program, port, folder);
        awaitAnswer();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process launch(String program, int port, Path folder) throws IOException {
        return new ProcessBuilder(
                        program, "--port", port + "", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("redis.log").toFile())
                .start();
    }

    private void awaitAnswer() throws InterruptedException {
        Instant deadline = Instant.now().plus(START_MAX);
        while (!answers()) {
            if (!process.isAlive() || Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("redis-server does not answer; see redis.log in " + folder);
            }
            process.waitFor(Duration.ofMillis(20));
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(PING);
            return socket.getInputStream().read() == '+';
        } catch (IOException _) {
            return false;
        }
    }
}
