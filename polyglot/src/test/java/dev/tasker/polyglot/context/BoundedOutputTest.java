package dev.tasker.polyglot.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What one attempt may print.
class BoundedOutputTest {
    private final ByteArrayOutputStream target = new ByteArrayOutputStream();
    private final BoundedOutput output = new BoundedOutput(target, 10);

    private void print(String text) throws Exception {
        output.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private String printed() {
        return target.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatFitsIsPassedOn() throws Exception {
        print("12345");
        print("67890");

        assertThat(printed()).isEqualTo("1234567890");
    }

    @Test
    void whatDoesNotFitIsDroppedAndSaidSoOnce() throws Exception {
        print("1234567");
        for (int line = 0; line < 1_000; line++) {
            print("more");
        }

        assertThat(printed())
                .isEqualTo("1234567mor\ntasker: more than 10 bytes were printed by one attempt; the rest is dropped\n");
    }

    @Test
    void nextAttemptHasItsOwnLimit() throws Exception {
        print("more than it may");
        output.startAnew();
        target.reset();

        print("1234567890");
        assertThat(printed()).isEqualTo("1234567890");
        print("x");
        assertThat(printed()).contains("more than 10 bytes");
    }
}
