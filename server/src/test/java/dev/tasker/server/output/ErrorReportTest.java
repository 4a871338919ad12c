package dev.tasker.server.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tasker.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorReportTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Streams streams = new Streams(InputStream.nullInputStream(), Streams.utf8(out), Streams.utf8(err));

    @Test
    void aBugIsToldWithItsStackTraceWhenVerbose() {
        ExitCode code = new ErrorReport(streams, OutputFormat.TEXT, true).print(new IllegalStateException("broken"));

        assertThat(code.number()).isEqualTo(70);
        assertThat(err())
                .contains("at dev.tasker.server.output.ErrorReportTest", "a bug of Tasker", "broken", "report it");
    }

    @ParameterizedTest
    @EnumSource(OutputFormat.class)
    void standardOutputStaysClean(OutputFormat format) {
        new ErrorReport(streams, format, false).print(ErrorCode.TASK_NOT_FOUND, "there is no task 7", Map.of());

        assertThat(out.size()).isZero();
        assertThat(err()).isEqualTo(format == OutputFormat.TEXT ? "tasker: there is no task 7\n" : """
                                {"error":{"code":"TASK_NOT_FOUND","message":"there is no task 7","details":{}}}
                                """);
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.Kind.class)
    void noKindOfErrorExitsWithZero(ErrorCode.Kind kind) {
        assertThat(ExitCode.of(kind).number()).isPositive();
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
