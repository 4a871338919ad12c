package dev.tasker.server.command;

import dev.tasker.server.output.ExitCode;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/// What SIGINT and SIGTERM do: the first one stops gracefully, the second one at once.
public final class Interrupts {
    private static final String[] SIGNALS = {"INT", "TERM"};

    private volatile IntConsumer action;
    private final AtomicBoolean isStopping = new AtomicBoolean();

    private Interrupts(IntConsumer action) {
        this.action = action;
    }

    /// For a command that runs inside another program: signals stay as they are.
    public static Interrupts none() {
        return new Interrupts(_ -> {});
    }

    /// Takes over the signals of this process.
    ///
    /// @param end ends the process with an exit code
    public static Interrupts install(IntConsumer end) {
        Interrupts interrupts = new Interrupts(end);
        try {
            interrupts.handleSignals();
        } catch (ReflectiveOperationException _) {
            // A JVM without these classes ends at once, as it does by default.
        }
        return interrupts;
    }

    /// Sets what the first signal does, on a thread of its own.
    ///
    /// @param gracefully takes the exit code that a shell expects: 128 and the signal's number
    public void onFirst(IntConsumer gracefully) {
        action = gracefully;
    }

    // By reflection: sun.misc.Signal has no supported successor, and the compiler warns of each use.
    @SuppressWarnings("ReferenceEquality") // it answers for Object.equals
    private void handleSignals() throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        InvocationHandler received = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                stop((int) signalType.getMethod("getNumber").invoke(arguments[0]));
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "Tasker's signal handler";
        };
        Object handler =
                Proxy.newProxyInstance(Interrupts.class.getClassLoader(), new Class<?>[] {handlerType}, received);
        for (String name : SIGNALS) {
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
        }
    }

    private void stop(int signal) {
        int exitCode = ExitCode.SIGNAL_OFFSET + signal;
        if (isStopping.getAndSet(true)) {
            Runtime.getRuntime().halt(exitCode);
        }
        Thread.ofPlatform().name("tasker-interrupt").start(() -> action.accept(exitCode));
    }
}
