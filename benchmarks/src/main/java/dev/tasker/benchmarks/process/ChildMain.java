package dev.tasker.benchmarks.process;

import java.io.PrintStream;

/// The other end of [ChildProcess].
public final class ChildMain {
    private ChildMain() {}

    /// A measurement.
    @FunctionalInterface
    public interface Measurement<O, R> {
        R run(O order) throws Exception;
    }

    /// Reads the order from standard input, runs it, and writes the result to standard output. Ends the process: what
    /// a system leaves running must not keep it.
    public static <O, R> void answer(Class<O> order, Measurement<O, R> measurement) throws Exception {
        PrintStream out = System.out;
        // Whatever a library prints must not get into the result.
        System.setOut(System.err);
        R result = measurement.run(ChildProcess.MAPPER.readValue(System.in, order));
        out.write(ChildProcess.MAPPER.writeValueAsBytes(result));
        out.flush();
        Runtime.getRuntime().halt(0);
    }
}
