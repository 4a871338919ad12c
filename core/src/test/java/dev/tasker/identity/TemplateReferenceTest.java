package dev.tasker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateReferenceTest {
    @Test
    void namespaceAndVersionMayBeLeftOut() {
        assertThat(TemplateReference.parse("order")).hasToString("Optional[default.order]");
        assertThat(TemplateReference.parse("shop.order")).hasToString("Optional[shop.order]");
        assertThat(TemplateReference.parse("order@1.2.3")).hasToString("Optional[default.order@1.2.3]");
        assertThat(TemplateReference.parse("shop.order@10.0.0")).hasToString("Optional[shop.order@10.0.0]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b.c", "order@", "order@1.2", "order@01.2.3", "../x", "a b", "order@1.2.3.4"})
    void otherFormsAreNoReference(String text) {
        assertThat(TemplateReference.parse(text)).isEqualTo(Optional.empty());
    }

    @Test
    void versionsAreOrderedByNumber() {
        assertThat(List.of("9.0.0", "10.0.0", "9.10.0", "9.9.9").stream()
                        .map(text -> SemanticVersion.parse(text).orElseThrow())
                        .sorted()
                        .map(SemanticVersion::toString))
                .containsExactly("9.0.0", "9.9.9", "9.10.0", "10.0.0");
    }

    @Test
    void aHandlerKeyKeepsColonsOfTheClass() {
        HandlerKey key = HandlerKey.parse("ruby:Orders::ChargePayment").orElseThrow();

        assertThat(key.runtime()).isEqualTo(HandlerRuntime.RUBY);
        assertThat(key.handlerClass()).isEqualTo("Orders::ChargePayment");
        assertThat(key).hasToString("ruby:Orders::ChargePayment");
        assertThat(HandlerKey.parse("cobol:X")).isEmpty();
        assertThat(HandlerKey.parse("ruby:")).isEmpty();
    }
}
