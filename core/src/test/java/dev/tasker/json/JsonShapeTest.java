package dev.tasker.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tasker.error.InvalidRequestException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonShapeTest {
    @Test
    void everyKindOfJsonValueIsAccepted() {
        Map<String, Object> value = new HashMap<>();
        value.put("null", null);
        value.put("text", "Grüße 🎉");
        value.put("numbers", Arrays.asList(1, 2L, 3.5, BigInteger.TEN.pow(40), new BigDecimal("0.1"), (byte) 1, 1.5f));
        value.put("nested", Map.of("list", List.of(List.of(), Map.of(), true)));

        assertThat(JsonShape.defectIn(value, "results")).isEmpty();
    }

    @Test
    void theDefectIsNamedWithItsPath() throws Exception {
        assertThat(defect(Map.of("a", List.of(1, Map.of("b", Double.POSITIVE_INFINITY)))))
                .startsWith("results.a[1].b: Infinity");
        assertThat(defect(Map.of(1, "x"))).startsWith("results: the key 1 is not a text");
        try (Socket socket = new Socket()) {
            assertThat(defect(List.of(socket))).startsWith("results[0]: a java.net.Socket");
        }
        assertThat(defect(List.of("a\u0000b"))).contains("results[0]").contains("NUL character at position 1");
        assertThat(defect("\uD800x")).contains("surrogate");
        assertThat(defect(Map.of("k\u0000", 1))).contains("NUL");
        assertThat(defect(List.of(BigInteger.TWO.pow(4096))))
                .contains("results[0]: a number with more than 900 digits");
        assertThat(defect(new BigDecimal("1e2000"))).contains("digits");
        assertThat(defect(Map.of("k".repeat(20_000), 1))).contains("a key has 20000 characters");
    }

    @Test
    void aValueThatContainsItselfIsRefused() {
        List<Object> loop = new ArrayList<>();
        loop.add(Map.of("again", loop));

        assertThat(defect(loop)).startsWith("results[0].again: the value contains itself");
    }

    @Test
    void theSameValueInTwoPlacesIsNoCycle() {
        List<Integer> shared = List.of(1);

        assertThat(JsonShape.defectIn(List.of(shared, shared), "results")).isEmpty();
    }

    @Test
    void nestingIsBounded() {
        Object value = "x";
        for (int i = 0; i < JsonShape.DEPTH_MAX; i++) {
            value = List.of(value);
        }
        assertThat(JsonShape.defectIn(value, "results")).isEmpty();
        assertThat(defect(List.of(value))).contains("nested more than 100 deep");
    }

    @Test
    void textThatIsNotJsonIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> Json.parse("{\n  \"a\": oops}", "order.json"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("order.json:2:");
        assertThatThrownBy(() -> Json.parse("{\"a\": 1, \"a\": 2}", "x")).hasMessageContaining("a");
        assertThatThrownBy(() -> Json.parse("{} {}", "x")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> Json.parse("", "x")).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> Json.parse("{\"a\": [1", "x"))
                .hasMessageEndingWith("Unexpected end-of-input: expected close marker for Array");
    }

    @Test
    void numbersComeBackAsTheyWereWritten() {
        Object value = Json.parse("[1, 9007199254740993, 123456789012345678901234567890, 1.5]", "x");

        assertThat(value)
                .isEqualTo(List.of(1, 9007199254740993L, new BigInteger("123456789012345678901234567890"), 1.5));
        assertThat(Json.write(value)).isEqualTo("[1,9007199254740993,123456789012345678901234567890,1.5]");
    }

    private static String defect(Object value) {
        return JsonShape.defectIn(value, "results").orElseThrow().toString();
    }
}
