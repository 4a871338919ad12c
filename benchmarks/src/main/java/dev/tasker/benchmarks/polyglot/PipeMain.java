package dev.tasker.benchmarks.polyglot;

import dev.tasker.benchmarks.compare.Median;
import dev.tasker.benchmarks.postgres.ProcessUse;
import dev.tasker.benchmarks.process.ChildMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The process that calls a worker of another runtime through a pipe, in lines of JSON.
public final class PipeMain implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Class<?> MAP = Map.class;

    private final Process worker;
    private final OutputStream requests;
    private final BufferedReader answers;

    private PipeMain(Process worker) {
        this.worker = worker;
        this.requests = worker.getOutputStream();
        this.answers = worker.inputReader(StandardCharsets.UTF_8);
    }

    /// What to measure.
    ///
    /// @param program the runtime's program
    /// @param suffix  of the worker's file
    /// @param batches of a second each, which is long enough for the clock of processes
    public record Order(String program, String suffix, double warmUpSeconds, int batches) {}

    /// Microseconds per call: medians. CPU is that of both ends.
    public record Times(double wallMicros, double cpuMicros) {}

    public static void main(String[] arguments) throws Exception {
        ChildMain.answer(Order.class, PipeMain::run);
    }

    /// Measures in this process.
    static Times run(Order order) throws IOException {
        try (HandlerFiles files = HandlerFiles.unpack();
                PipeMain pipe = start(order.program, files.file("pipe." + order.suffix))) {
            Map<String, @Nullable Object> request = request(Sample.ORDER);
            pipe.batch(request, order.warmUpSeconds);
            List<Double> wall = new ArrayList<>();
            List<Double> cpu = new ArrayList<>();
            for (int i = 0; i < order.batches; i++) {
                Times times = pipe.batch(request, 1);
                wall.add(times.wallMicros);
                cpu.add(times.cpuMicros);
            }
            return new Times(Median.of(wall), Median.of(cpu));
        }
    }

    static PipeMain start(String program, Path file) throws IOException {
        return new PipeMain(new ProcessBuilder(program, file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    static Map<String, @Nullable Object> request(String handler) {
        Map<String, @Nullable Object> request = new LinkedHashMap<>();
        request.put("handler", handler.equals(Sample.ORDER) ? "order" : "echo");
        request.put("context", handler.equals(Sample.ORDER) ? Sample.order() : Sample.echo());
        return request;
    }

    /// One call.
    Object call(Map<String, @Nullable Object> request) throws IOException {
        requests.write(MAPPER.writeValueAsBytes(request));
        requests.write('\n');
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IllegalStateException("the worker at the other end of the pipe has ended");
        }
        return MAPPER.readValue(answer, MAP);
    }

    private Times batch(Map<String, @Nullable Object> request, double seconds) throws IOException {
        double cpu = cpuSeconds();
        long start = System.nanoTime();
        long end = start + Math.round(seconds * NANOS_PER_SECOND);
        long calls = 0;
        do {
            call(request);
            calls++;
        } while (System.nanoTime() < end);
        double wall = (System.nanoTime() - start) / NANOS_PER_SECOND;
        return new Times(wall * MICROS_PER_SECOND / calls, (cpuSeconds() - cpu) * MICROS_PER_SECOND / calls);
    }

    private double cpuSeconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / NANOS_PER_SECOND
                + ProcessUse.cpuSeconds(worker.pid());
    }

    /// The worker ends when its input ends.
    @Override
    public void close() {
        try {
            requests.close();
            if (!worker.waitFor(Duration.ofSeconds(10))) {
                worker.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            worker.destroyForcibly();
        }
    }
}
