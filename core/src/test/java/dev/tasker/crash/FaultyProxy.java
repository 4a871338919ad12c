package dev.tasker.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A network between an engine and its database that loses bytes: by dice per connection, or when told to.
///
/// It breaks answers only. What the client has sent always arrives, so that statements are committed whose answer
/// is lost.
final class FaultyProxy implements AutoCloseable {
    private static final int CONNECT_MILLIS_MAX = 5_000;
    private static final int DELAY_MILLIS_MAX = 30;
    private static final int BYTES_UNTIL_FAULT_MIN = 2_000;
    private static final int BYTES_UNTIL_FAULT_MAX = 60_000;

    private final InetSocketAddress target;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger faults = new AtomicInteger();
    private final Random random;
    private volatile boolean faulty;
    private volatile boolean mute;

    /// What becomes of a connection after a number of bytes.
    private enum Fault {
        NONE,
        DELAY,
        SWALLOW,
        HALF_CLOSE,
        RESET
    }

    FaultyProxy(InetSocketAddress target, long seed) throws IOException {
        this.target = target;
        this.random = new Random(seed);
        this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("faulty-proxy").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /// From now on each new connection gets a fault of its own, or none.
    void throwDice(boolean on) {
        faulty = on;
    }

    /// From now on no answer arrives any more, on any connection.
    void loseAnswers(boolean on) {
        mute = on;
    }

    /// Breaks all connections.
    void reset() {
        open.forEach(FaultyProxy::reset);
    }

    int faults() {
        return faults.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        reset();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        Socket database = new Socket();
        try {
            database.connect(target, CONNECT_MILLIS_MAX);
        } catch (IOException _) {
            reset(client);
            return;
        }
        open.add(client);
        open.add(database);
        Link link = link(client, database);
        Thread.ofVirtual().start(link::carryRequests);
        Thread.ofVirtual().start(link::carryAnswers);
    }

    private synchronized Link link(Socket client, Socket database) {
        Fault fault = faulty ? Fault.values()[random.nextInt(Fault.values().length)] : Fault.NONE;
        int after = random.nextInt(BYTES_UNTIL_FAULT_MIN, BYTES_UNTIL_FAULT_MAX);
        return new Link(client, database, fault, new AtomicLong(after), random.nextInt(DELAY_MILLIS_MAX));
    }

    private static void reset(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException _) {
            // It is broken already.
        }
    }

    /// One connection of the client with its connection to the database.
    private final class Link {
        private final Socket client;
        private final Socket database;
        private final Fault fault;
        private final AtomicLong bytesLeft;
        private final int delayMillis;

        Link(Socket client, Socket database, Fault fault, AtomicLong bytesLeft, int delayMillis) {
            this.client = client;
            this.database = database;
            this.fault = fault;
            this.bytesLeft = bytesLeft;
            this.delayMillis = delayMillis;
        }

        void carryRequests() {
            try {
                client.getInputStream().transferTo(database.getOutputStream());
                // As the kernel does it for a client that ended: the server reads the end of its input.
                database.shutdownOutput();
            } catch (IOException _) {
                end();
            }
        }

        void carryAnswers() {
            byte[] bytes = new byte[8_192];
            try (InputStream from = database.getInputStream();
                    OutputStream to = client.getOutputStream()) {
                for (int number = from.read(bytes); number >= 0; number = from.read(bytes)) {
                    if (!mute && mayPass(number)) {
                        to.write(bytes, 0, number);
                    }
                }
            } catch (IOException _) {
                // Whichever side is left is ended below.
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            end();
        }

        private boolean mayPass(int number) throws IOException, InterruptedException {
            if (fault == Fault.NONE || bytesLeft.addAndGet(-number) > 0) {
                return true;
            }
            faults.incrementAndGet();
            return switch (fault) {
                case DELAY -> {
                    Thread.sleep(delayMillis);
                    yield true;
                }
                case SWALLOW -> false;
                case HALF_CLOSE -> {
                    client.shutdownOutput();
                    yield false;
                }
                case RESET -> throw new IOException("reset");
                case NONE -> true;
            };
        }

        private void end() {
            reset(client);
            reset(database);
            open.remove(client);
            open.remove(database);
        }
    }
}
