package dev.tasker.crash;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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
    private volatile byte @Nullable [] fatalRequest;

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

    /// No answer arrives any more on the connection over which this text is sent next; it reaches the database. All
    /// other connections, those of polls and renewals among them, go on as before.
    void loseAnswersTo(String text) {
        fatalRequest = text.getBytes(UTF_8);
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
        private volatile boolean mute;

        Link(Socket client, Socket database, Fault fault, AtomicLong bytesLeft, int delayMillis) {
            this.client = client;
            this.database = database;
            this.fault = fault;
            this.bytesLeft = bytesLeft;
            this.delayMillis = delayMillis;
        }

        void carryRequests() {
            byte[] bytes = new byte[8_192];
            byte[] seen = new byte[0];
            try {
                InputStream from = client.getInputStream();
                OutputStream to = database.getOutputStream();
                for (int number = from.read(bytes); number >= 0; number = from.read(bytes)) {
                    seen = muteAtFatal(seen, bytes, number);
                    to.write(bytes, 0, number);
                }
                // As the kernel does it for a client that ended: the server reads the end of its input.
                database.shutdownOutput();
            } catch (IOException _) {
                end();
            }
        }

        /// Looks for the text before it goes on, so that its answer cannot come first.
        ///
        /// @return the end of what was sent, in which the text may have begun
        private byte[] muteAtFatal(byte[] before, byte[] bytes, int number) {
            byte[] text = fatalRequest;
            if (text == null) {
                return before;
            }
            byte[] sent = Arrays.copyOf(before, before.length + number);
            System.arraycopy(bytes, 0, sent, before.length, number);
            // Each byte is one character, so that any bytes can be searched.
            if (new String(sent, ISO_8859_1).contains(new String(text, ISO_8859_1))) {
                mute = true;
                fatalRequest = null;
            }
            return Arrays.copyOfRange(sent, Math.max(0, sent.length - text.length), sent.length);
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
