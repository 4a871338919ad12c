package dev.tasker.benchmarks.polyglot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tasker.identity.HandlerRuntime;
import dev.tasker.json.Json;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandlersTest {
    @ParameterizedTest
    @EnumSource(HandlerRuntime.class)
    void everyLanguagePricesTheOrderAlike(HandlerRuntime runtime) {
        try (HandlerFiles files = HandlerFiles.unpack();
                CallLoop loop = CallLoop.open(runtime, files, 1)) {
            assertPriced(loop.result(Sample.ORDER));
            assertThat(loop.result(Sample.ECHO)).isEqualTo(Sample.echo());
        }
    }

    @ParameterizedTest
    @EnumSource(PipeRuntime.class)
    void everyRuntimeAtAPipePricesTheOrderAlike(PipeRuntime runtime) throws IOException {
        assumeTrue(runtime.version().isPresent(), runtime.program() + " is not installed");
        try (HandlerFiles files = HandlerFiles.unpack();
                PipeMain pipe = PipeMain.start(runtime.program(), files.file("pipe." + runtime.suffix()))) {
            assertPriced(pipe.call(PipeMain.request(Sample.ORDER)));
            assertThat(Json.write(pipe.call(PipeMain.request(Sample.ECHO)))).isEqualTo(Json.write(Sample.echo()));
        }
    }

    @Test
    void echoIsAbout300Bytes() {
        assertThat(Json.write(Sample.echo()).length()).isBetween(270, 360);
    }

    @Test
    void callsAreTimedOnTheThreadOfTheContext() throws InterruptedException {
        CallMain.Times times = CallMain.run(new CallMain.Order("java", 0, 1, 1));

        assertThat(times.orderMicros()).isPositive().isLessThan(100_000);
        assertThat(times.echoMicros()).isPositive();
    }

    @Test
    void contextsAreCountedWhenAllOfThemHaveRun() throws InterruptedException {
        MemoryMain.Looks looks = MemoryMain.run(new MemoryMain.Order(List.of("javascript"), List.of(1, 2), 0));

        assertThat(looks.looks()).extracting(MemoryMain.Look::contexts).containsExactly(1, 2);
        assertThat(looks.looks())
                .allSatisfy(look -> assertThat(look.residentMib())
                        .isGreaterThan(look.heapMib())
                        .isPositive());
    }

    @Test
    void warmUpGoesOnWhileItGetsFaster() {
        List<Double> flat = Collections.nCopies(30, 5.0);
        List<Double> faster =
                IntStream.rangeClosed(1, 30).mapToObj(i -> 100.0 / i).toList();

        assertThat(CallMain.isImproving(flat)).isFalse();
        assertThat(CallMain.isImproving(faster)).isTrue();
        assertThat(CallMain.isImproving(List.of(1.0))).isFalse();
    }

    private static void assertPriced(Object results) {
        // As JSON: Java's numbers are not those that a pipe gives.
        Map<?, ?> priced = (Map<?, ?>) results;
        assertThat(Json.write(priced.get("lines")))
                .startsWith("[{\"sku\":\"SKU-07919\",\"quantity\":1,\"net_cents\":505,\"tax_cents\":96},")
                .endsWith("{\"sku\":\"SKU-79190\",\"quantity\":10,\"net_cents\":5950,\"tax_cents\":1131}]");
        assertThat(((Number) priced.get("quantity")).longValue()).isEqualTo(55);
        assertThat(((Number) priced.get("net_cents")).longValue()).isEqualTo(31_075);
        assertThat(((Number) priced.get("total_cents")).longValue())
                .isEqualTo(31_075 + ((Number) priced.get("tax_cents")).longValue());
    }
}
